"""A development issuer: stands for a real one, and believes whoever brings papers.

It keeps nothing but its keys. What it has attested is what stands on chain, so a crash at any
moment loses nothing, and a request that is sent again finds what the one before it did.
"""
