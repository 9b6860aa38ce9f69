"""Seahorse, a dialect of Python, compiled to SBPF programs for Solana."""
