"""Session tokens of so many new wallets, one a line: `python -m bench.tokens 10000`.

For load tests: it takes CONTING_SECRET, the gateway's own, so it can sign anybody in.
"""

import os
import secrets
import sys
import time

from conting_gateway.tokens import TokenKeys
from solders.pubkey import Pubkey

SECONDS = 3600


def main() -> int:
    """Prints them."""
    keys = TokenKeys.from_secrets(bytes.fromhex(os.environ["CONTING_SECRET"]))
    expires = str(int(time.time()) + SECONDS)
    for _ in range(int(sys.argv[1])):
        wallet = str(Pubkey(secrets.token_bytes(32)))
        print(keys.mint("session", wallet, secrets.token_hex(8), expires))
    return 0


if __name__ == "__main__":
    sys.exit(main())
