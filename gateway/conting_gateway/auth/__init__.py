"""Signing in with a wallet, and the sessions that follow."""
