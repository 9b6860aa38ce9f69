"""A Solana node for development: LiteSVM behind JSON-RPC and websockets."""

from conting_localnet.genesis import GenesisError, GenesisProgram
from conting_localnet.process import LocalnetProcess
from conting_localnet.server import Endpoints, Localnet, serve

__all__ = ["Endpoints", "GenesisError", "GenesisProgram", "Localnet", "LocalnetProcess", "serve"]
