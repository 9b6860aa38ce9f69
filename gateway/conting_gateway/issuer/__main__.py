"""`python -m conting_gateway.issuer`."""

from conting_gateway.issuer.main import main

if __name__ == "__main__":
    raise SystemExit(main())
