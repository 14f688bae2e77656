"""Ends what a killed supervisor leaves behind.

Run with ``python -I -S``. Lines on stdin, ``+N`` or ``-N``, say which process groups are alive.
The end of stdin means that the supervisor is gone: the groups get SIGTERM, then SIGKILL. A
process group also holds the grandchildren, which the kernel's parent-death signal never reaches.
"""

import os
import signal
import sys
import time

GRACE_S = 8.0
POLL_S = 0.1


def alive(group: int) -> bool:
    """Whether a process group still has members."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(groups: set[int], number: int) -> None:
    """Send one signal to each group."""
    for group in groups:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            continue


def main() -> int:
    """Follow stdin, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(alive(group) for group in groups):
        time.sleep(POLL_S)
    end(groups, signal.SIGKILL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
