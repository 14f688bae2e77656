"""Keeps garbage collection short, and memory small, in processes that must not pause."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator


def settle() -> None:
    """Take what has been loaded out of garbage collection: it lives as long as the process.

    Called once, when a process is ready to serve. A full collection then looks only at what came
    later; with modules and configuration in it, it would stop all threads for 30 to 130 ms. What
    loading took beside goes back to the system, where the C library knows how.
    """
    gc.collect()
    gc.freeze()
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Load or read much at once without collections in between: they cost a fifth of the time.

    For work of a second that keeps what it makes; whatever has no reference left is freed all the
    same.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
