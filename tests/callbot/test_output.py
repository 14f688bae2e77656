"""What a child prints: its own records pass, chatter of libraries stays out of the way."""

import asyncio
import io
import json

import pytest

from callbot.supervision.output import ALARMS_S, MOST_ALARMS, Output
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


async def test_a_flood_of_faults_is_counted_and_not_shown() -> None:
    sink, now = io.StringIO(), 0.0
    logs.setup("superviseur", "info", sink)
    output = Output("kamailio", clock=lambda: now)
    fault = b"ERROR: parse_msg: message=<x>\n"
    for seconds, lines in ((0.0, MOST_ALARMS + 500), (ALARMS_S, 1)):
        now += seconds
        stream = asyncio.StreamReader()
        stream.feed_data(fault * lines + b'{"event": "ready", "level": "info"}\n')
        stream.feed_eof()
        await output.follow(stream)
    shown = [json.loads(line) for line in sink.getvalue().splitlines()]
    events = [line["event"] for line in shown]
    assert events.count(fault.decode().rstrip()) == MOST_ALARMS + 1
    assert events.count("ready") == 2
    assert [line["nombre"] for line in shown if "nombre" in line] == [500]
    assert len(events) == MOST_ALARMS + 1 + 2 + 2
