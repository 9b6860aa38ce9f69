"""What a program says to the compiler's safety analysis."""


def unchecked(reason: str) -> None:
    """Says why this instruction may do what the compiler would refuse; does nothing.

    The reason is a text written out in the call, so that a search for `unchecked(` finds every
    place where a program asks to be trusted.
    """
    if not reason.strip():
        raise ValueError("unchecked needs a reason")
