"""How a process that answers a crowd keeps its memory."""

import contextlib
import os
import sys
from typing import Final

LARGE_PAGES: Final = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=1000",
    "PYTHONMALLOC": "malloc",
}
"""Memory from glibc, which then asks Linux for pages of 2 MB."""
_SINCE: Final = (2, 35)  # glibc knows that tunable


def use_large_pages() -> None:
    """Starts this program anew, as the same process, with memory in pages of 2 MB.

    To be called before anything else. A crowd's tickets lie all over the memory, and to find the
    page of an address costs more than to read there: see bench/load/README.md. Does nothing
    elsewhere than on Linux with glibc, or where the environment already says how memory is kept.
    Processes that this one starts don't inherit it: Redis copies pages when it writes to disk.
    """
    if all(os.environ.get(name) == value for name, value in LARGE_PAGES.items()):
        for name in LARGE_PAGES:
            del os.environ[name]
    elif _glibc() >= _SINCE and not any(name in os.environ for name in LARGE_PAGES):
        command = [sys.executable, *sys.orig_argv[1:]]
        with contextlib.suppress(OSError):  # then it goes on as it is
            os.execve(sys.executable, command, os.environ | LARGE_PAGES)  # noqa: S606 itself


def _glibc() -> tuple[int, ...]:
    """Its version; empty with another C library, or on another system."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        return tuple(map(int, version.split("."))) if name == "glibc" else ()
    except (AttributeError, ValueError):
        return ()
