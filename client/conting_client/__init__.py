"""The SDK: typed instructions and accounts, RPC, wallet, passes."""
