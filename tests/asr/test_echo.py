"""Our own voice coming back does not count as the caller's."""

from __future__ import annotations

import numpy as np
import pytest

from asr.activity import Activity, Confirmed, Started, VoiceActivity
from asr.echo import LONGEST_DELAY_S, Played
from common.audio import FRAME_BYTES, SAMPLE_RATE
from tests.asr.sounds import Samples, noise, pcm, recorded, silence

FRAME_S = 0.02
BOT = np.concatenate([recorded("conf-invalid"), silence(0.3), recorded("all-circuits-busy-now")])


def echo_of(played: Samples, gain_db: float, delay_s: float, reverb_s: float = 0.0) -> Samples:
    """Return what comes back of ``played``, with the noise of a line."""
    late = np.concatenate([silence(delay_s), played])[: played.size] * 10 ** (gain_db / 20)
    if reverb_s:
        random = np.random.default_rng(2)
        size = int(reverb_s * 4 * SAMPLE_RATE)
        room = random.normal(size=size) * np.exp(-np.arange(size) / (reverb_s * SAMPLE_RATE))
        room[0] = 3.0
        late = np.convolve(late, room)[: played.size] / np.sqrt(np.sum(room**2))
    return np.asarray(late + noise(played.size / SAMPLE_RATE, -62.0)[: played.size])


def hear(heard: Samples, played: Samples) -> list[Activity]:
    """Feed both sides of a call, frame by frame, after two seconds of a quiet line."""
    activity = VoiceActivity()
    quiet = noise(2.0, -62.0, seed=9)
    incoming = pcm(quiet, heard)
    outgoing = pcm(silence(2.0), played)
    events: list[Activity] = []
    for number, start in enumerate(range(0, len(incoming) - FRAME_BYTES + 1, FRAME_BYTES), 1):
        sent = outgoing[start : start + FRAME_BYTES]
        sent = sent if any(sent) and len(sent) == FRAME_BYTES else b""
        events += activity.feed(incoming[start : start + FRAME_BYTES], number * FRAME_S, sent)
    return events


@pytest.mark.parametrize(
    ("gain_db", "delay_s", "reverb_s"),
    [(-15.0, 0.02, 0.0), (-25.0, 0.12, 0.0), (-20.0, 0.25, 0.0), (-20.0, 0.1, 0.01)],
)
def test_an_echo_is_no_barge_in(gain_db: float, delay_s: float, reverb_s: float) -> None:
    events = hear(echo_of(BOT, gain_db, delay_s, reverb_s), BOT)
    assert not [event for event in events if isinstance(event, Confirmed)]
    alone = hear(echo_of(BOT, gain_db, delay_s, reverb_s), silence(0.0))
    assert [event for event in alone if isinstance(event, Started)], "else this proves nothing"


def test_the_caller_is_heard_over_an_echo() -> None:
    caller = recorded("conf-unmuted")
    heard = echo_of(BOT, -25.0, 0.1)
    begins = int(1.0 * SAMPLE_RATE)
    heard[begins : begins + caller.size] += caller
    started = [event.at for event in hear(heard, BOT) if isinstance(event, Started)]
    assert started and 3.0 < started[0] < 3.6


def test_a_line_on_which_nothing_was_played_has_no_echo() -> None:
    played = Played(0.16)
    sound = pcm(recorded("conf-unmuted"))[: 8 * FRAME_BYTES]
    assert not played.echoes_in(sound)
    for _ in range(round((0.16 + LONGEST_DELAY_S) / FRAME_S)):
        played.add(b"")
    assert played.silent and not played.echoes_in(sound)


def test_silence_and_scraps_are_no_echo() -> None:
    played = Played(0.16)
    data = pcm(recorded("conf-invalid"))
    for start in range(0, 40 * FRAME_BYTES, FRAME_BYTES):
        played.add(data[start : start + FRAME_BYTES])
    assert not played.silent
    assert not played.echoes_in(bytes(8 * FRAME_BYTES))
    assert not played.echoes_in(b"")
    assert not played.echoes_in(b"\1\0")
    assert played.echoes_in(data[30 * FRAME_BYTES : 38 * FRAME_BYTES])
