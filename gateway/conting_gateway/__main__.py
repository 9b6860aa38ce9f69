"""`python -m conting_gateway`."""

from conting_gateway.main import main

if __name__ == "__main__":
    raise SystemExit(main())
