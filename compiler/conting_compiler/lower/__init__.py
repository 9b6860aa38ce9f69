"""Typed IR to lowered IR."""
