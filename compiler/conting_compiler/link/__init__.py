"""BPF object to SBPF ELF."""
