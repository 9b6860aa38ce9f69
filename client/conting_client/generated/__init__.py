"""Typed clients, generated from the IDL files by `conting build`."""
