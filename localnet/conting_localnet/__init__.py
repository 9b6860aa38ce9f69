"""A Solana node for development: LiteSVM behind JSON-RPC and websockets."""
