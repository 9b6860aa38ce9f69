"""Verdicts at the gate."""
