"""Lowered IR to a BPF object; the only importer of llvmlite."""
