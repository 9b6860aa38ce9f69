"""Events, sections and tickets, read from the chain."""
