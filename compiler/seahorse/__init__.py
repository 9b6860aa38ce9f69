"""The Seahorse dialect as Python sees it."""
