"""The `conting` command."""
