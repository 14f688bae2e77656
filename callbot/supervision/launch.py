"""Becomes a supervised process: ``launch.py SUPERVISOR_PID NICE COMMAND …``.

Run with ``python -I -S``. It asks the kernel for SIGTERM on the death of the supervisor, which
survives exec, gives way by NICE and becomes COMMAND. Doing this between fork and exec of the
supervisor itself (``preexec_fn``) would run Python in the fork of a process that has threads.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
NOT_FOUND = 127
ORPHAN = 1
AUTOGROUP = "/proc/self/autogroup"
TRIES = 30
RETRY_S = 0.11


def give_way(nice: int) -> None:
    """Add ``nice`` to the niceness of this process, and of its session as a whole.

    Where the kernel groups processes by session (autogroup), the niceness of a process counts
    inside its own session only.
    """
    with contextlib.suppress(OSError):  # a higher priority takes a privilege
        os.nice(nice)
    for _ in range(TRIES):
        try:
            with open(AUTOGROUP, "w", encoding="ascii") as group:  # noqa: PTH123
                group.write(str(nice))
        except BlockingIOError:  # without privilege, ten changes a second on the whole machine
            time.sleep(RETRY_S)
        except OSError:
            return
        else:
            return


def main(arguments: list[str]) -> int:
    """Set the process up and exec; returns only when that fails."""
    supervisor, nice, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != supervisor:  # it died before the line above
        return ORPHAN
    if nice:
        give_way(nice)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        print(f"{command[0]} : {error.strerror}", file=sys.stderr)
        return NOT_FOUND


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
