"""The rules by which the turn benchmark counts."""

from __future__ import annotations

import numpy as np
import pytest

from asr.endpointing import EndOfTurn
from asr.loudness import FrameJudge, LoudnessSettings
from bench.bargescenes import Scene, play
from bench.turnhearing import Recognised
from bench.turnsim import Pause, Trace, fixed, summed, take
from bench.turnsounds import at_level, loud_db, seconds, silence, telephone, trimmed
from common.audio import SAMPLE_RATE
from tests.asr.sounds import recorded

ENDS = 5.0


def trace(*pauses: tuple[float, float | None]) -> Trace:
    """Return a turn that ends at five seconds: when each pause begins, and when it is over."""
    return Trace(
        "t",
        "whole",
        "libre",
        "none",
        1.2,
        ENDS,
        9.0,
        tuple(Pause(end + 0.2, end, 1.0, resumed, "", 0.5, None) for end, resumed in pauses),
    )


def test_a_turn_is_taken_at_the_first_pause_that_lasts() -> None:
    taken = take(trace((3.0, 3.4), (5.0, None)), fixed(0.5), at_once=True)
    assert not taken.cut_off and taken.wait_s == pytest.approx(0.5)


def test_a_pause_that_outlasts_the_wait_is_a_cut_off_unless_recognition_takes_longer() -> None:
    turn = trace((3.0, 3.6), (5.0, None))
    assert take(turn, fixed(0.5), at_once=True).cut_off
    heard = take(turn, fixed(0.5))
    assert not heard.cut_off and heard.wait_s == pytest.approx(0.7)


def test_a_turn_that_nothing_ends_counts_as_never_taken() -> None:
    never = take(trace(), fixed(0.5), at_once=True)
    cut, median, p90, count = summed([never, take(trace((5.0, None)), fixed(0.5), at_once=True)])
    assert (cut, count) == (0.0, 1)
    assert median == p90 == pytest.approx(0.5)


def test_sounds_are_brought_to_their_level_and_trimmed() -> None:
    speech = recorded("conf-invalid").astype(np.float32)
    quiet = at_level(np.concatenate([silence(1.0), speech, silence(1.0)]), -30.0)
    assert loud_db(quiet) == pytest.approx(-30.0, abs=0.1)
    assert seconds(trimmed(quiet)) < seconds(speech) + 0.1
    hum = np.sin(2 * np.pi * 50 * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    assert np.max(np.abs(telephone(hum))) < 0.01


def scene(line: np.ndarray, event_from: float | None, echo_db: float | None = None) -> Scene:
    bot = at_level(recorded("all-circuits-busy-now").astype(np.float32), -20.0)
    return Scene("s", "k", line, bot, 1.0, event_from, "Ligne occupée", echo_db, 0.1)


def listen(of: Scene, text: str | None) -> tuple[int, bool, float | None]:
    heard = None if text is None else (lambda _: Recognised(text, 0.9, 0.2))
    outcome = play(of, FrameJudge(LoudnessSettings()), EndOfTurn(), heard)
    return outcome.stops, outcome.cut_off, outcome.reaction_s


def test_nobody_stops_the_bot_and_neither_does_its_echo() -> None:
    assert listen(scene(silence(8.0), None), None) == (0, False, None)
    assert listen(scene(silence(8.0), None, echo_db=-20.0), None) == (0, False, None)


def test_a_caller_stops_the_bot_and_the_words_decide_whether_it_goes_on() -> None:
    line = silence(9.0)
    speech = at_level(recorded("conf-unmuted").astype(np.float32), -22.0)
    at = 2 * SAMPLE_RATE
    line[at : at + speech.size] = speech
    stops, cut_off, reaction = listen(scene(line, 2.0), "Passez-moi un agent.")
    assert (stops, cut_off) == (1, True)
    assert reaction is not None and 0.1 < reaction < 0.4
    stops, cut_off, _ = listen(scene(line, 2.0), "mm-hmm")
    assert stops >= 1 and not cut_off
