"""How often one wallet or one network address may ask."""
