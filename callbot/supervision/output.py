"""What a process prints becomes lines of the supervisor's log."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from common import logs
from common.masking import mask_text

MAX_LINE_BYTES = 16 * 1024
KEPT_LINES = 15
MOST_ALARMS = 60
"""Plain lines that tell of a fault, within ``ALARMS_S``: what the edge says of each message that it
cannot read is as much as strangers like to send."""
ALARMS_S = 60.0

_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})


class Output:
    """Forwards one process's output and keeps its last lines."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = logs.get(process=name)
        self._clock = clock
        self._since = clock()
        self._alarms = 0
        self._last: deque[str] = deque(maxlen=KEPT_LINES)

    @property
    def last_line(self) -> str:
        """The last plain line, masked; JSON lines count by their event. Empty: none."""
        return self._last[-1] if self._last else ""

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last plain lines, masked."""
        return tuple(self._last)

    async def follow(self, stream: asyncio.StreamReader) -> None:
        """Forward until the stream ends; an endless line is cut."""
        pending = b""
        while data := await stream.read(1 << 16):
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                self._forward(line)
            while len(pending) > MAX_LINE_BYTES:
                self._forward(pending[:MAX_LINE_BYTES])
                pending = pending[MAX_LINE_BYTES:]
        self._forward(pending)

    def _forward(self, raw: bytes) -> None:
        text = raw.decode("utf-8", "replace").rstrip()
        if not text:
            return
        fields = _json_fields(text)
        if fields is None:
            self._last.append(mask_text(text))
            if _ALARMING.search(text) and self._may_alarm():
                self._log.warning(text)
            else:
                self._log.debug(text)
            return
        level = str(fields.pop("level", "info"))
        event = str(fields.pop("event"))
        fields.pop("timestamp", None)
        fields.pop("process", None)
        self._last.append(mask_text(str(fields.get("exception") or event)))
        method = getattr(self._log, level if level in _LEVELS else "info")
        method(event, **{f"{key}_" if key in _RESERVED else key: v for key, v in fields.items()})

    def _may_alarm(self) -> bool:
        """Count one more; say once when there are too many, and afterwards how many."""
        now = self._clock()
        if now - self._since >= ALARMS_S:
            if self._alarms > MOST_ALARMS:
                self._log.warning("lignes non montrées", nombre=self._alarms - MOST_ALARMS)
            self._since, self._alarms = now, 0
        self._alarms += 1
        if self._alarms == MOST_ALARMS + 1:
            self._log.warning("trop de lignes : les suivantes ne sont que comptées")
        return self._alarms <= MOST_ALARMS


_ALARMING = re.compile(r"\b(?:ERROR|CRITICAL|ALERT|Traceback|\w*Error|\w*Exception)\b")
"""Libraries print much that nobody needs; what tells of a fault is kept."""

_RESERVED = frozenset({"exc_info", "stack_info", "stacklevel", "extra", "self", "_record"})


def _json_fields(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "event" in value else None
