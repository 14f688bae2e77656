"""What a child prints: its own records pass, chatter of libraries stays out of the way."""

import asyncio
import io
import json

import pytest

from callbot.supervision.output import Output
from common import logs


async def follow(text: str, level: str) -> list[dict[str, str]]:
    sink = io.StringIO()
    logs.setup("superviseur", level, sink)
    stream = asyncio.StreamReader()
    stream.feed_data(text.encode())
    stream.feed_eof()
    await Output("rasa").follow(stream)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("DeprecationWarning: pkg_resources is deprecated", False),
        ("  import pkg_resources", False),
        ("2026-11-22 01:06:40 ERROR    rasa.server  - No agent loaded.", True),
        ("Traceback (most recent call last):", True),
        ("KeyError: 'devant'", True),
        ('{"event": "ready", "level": "info"}', True),
        ('{"event": "poll", "level": "debug"}', False),
    ],
)
async def test_only_what_matters_is_shown_at_info(line: str, shown: bool) -> None:
    assert bool(await follow(line + "\n", "info")) == shown
    assert len(await follow(line + "\n", "debug")) == 1
