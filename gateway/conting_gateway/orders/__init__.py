"""Holds, purchases and refunds."""
