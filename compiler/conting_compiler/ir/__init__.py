"""The data that passes between the compiler's stages."""
