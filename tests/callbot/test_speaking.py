"""The speech process when a part of it fails."""

import subprocess
import sys

from callbot.speaking import THREAD_EXIT
from tests.paths import PROJECT

THREAD_FAILS = """
import threading
from callbot import speaking
threading.excepthook = speaking.end_with_thread
threading.Thread(target=lambda: [][0]).start()
threading.Event().wait()
"""


def test_a_thread_that_meets_a_defect_ends_the_process() -> None:
    command = [sys.executable, "-c", THREAD_FAILS]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=120, check=False)
    assert ended.returncode == THREAD_EXIT
    assert b"IndexError" in ended.stdout + ended.stderr
