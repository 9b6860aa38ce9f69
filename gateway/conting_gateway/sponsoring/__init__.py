"""Network fees that the gateway pays for others, within budgets."""
