"""What comes from others, as it may be shown on a terminal."""


def harmless(text: str) -> str:
    """A text without what a terminal obeys: else a code, or a name, could write what is ours."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
