"""`python -m conting_gateway`."""

from conting_gateway.memory import use_large_pages

if __name__ == "__main__":
    use_large_pages()
    from conting_gateway.main import main

    raise SystemExit(main())
