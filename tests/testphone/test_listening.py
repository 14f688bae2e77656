"""The test phone must know when the callbot has finished, and cut out what it said."""

from __future__ import annotations

import numpy as np

from callbot.testphone.listening import Listener
from common.audio import FRAME_BYTES, SAMPLE_RATE, duration_s

FRAME_S = 0.02


def tone(seconds: float, amplitude: int = 3000) -> bytes:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * 220 * t)).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * SAMPLE_RATE) * 2)


def feed(listener: Listener, pcm: bytes, start: float = 0.0) -> float:
    at = start
    for offset in range(0, len(pcm), FRAME_BYTES):
        at += FRAME_S
        listener.feed(pcm[offset : offset + FRAME_BYTES], at)
    return at


def test_speech_is_finished_only_after_the_patience():
    listener = Listener(patience_s=0.9)
    feed(listener, silence(0.5) + tone(1.0) + silence(0.4))
    assert not listener.finished(2.3)
    assert listener.finished(2.41)
    assert abs((listener.first_voice or 0) - 0.5) < FRAME_S
    assert abs((listener.last_voice or 0) - 1.5) < FRAME_S


def test_a_pause_between_sentences_does_not_end_the_answer():
    listener = Listener(patience_s=0.9)
    end = feed(listener, tone(1.0) + silence(0.7) + tone(1.0) + silence(0.5))
    assert not listener.finished(end)
    assert listener.finished(end + 0.41)


def test_silence_alone_is_never_finished():
    listener = Listener()
    end = feed(listener, silence(3.0))
    assert not listener.finished(end + 60)
    assert listener.segments() == []


def test_a_click_and_line_noise_are_no_speech():
    listener = Listener()
    noise = np.random.default_rng(1).normal(0, 60, SAMPLE_RATE).astype("<i2").tobytes()
    feed(listener, tone(FRAME_S) + silence(0.2) + noise)
    assert listener.first_voice is None


def test_segments_are_cut_at_long_silences_and_lose_the_silence_around():
    listener = Listener(patience_s=0.9)
    feed(listener, silence(2.0) + tone(1.0) + silence(0.5) + tone(1.0) + silence(2.0) + tone(0.5))
    first, second = listener.segments()
    assert 2.5 <= duration_s(first) <= 3.2
    assert 0.5 <= duration_s(second) <= 0.9


def test_since_forgets_what_came_before():
    listener = Listener()
    feed(listener, tone(1.0) + silence(1.0) + tone(1.0))
    later = listener.since(1.5)
    assert abs((later.first_voice or 0) - 2.0) < FRAME_S
    assert later.finished(4.0)


def test_a_very_long_answer_is_cut_at_a_breath():
    listener = Listener(patience_s=0.9)
    feed(listener, (tone(5.5) + silence(0.3)) * 8)
    assert all(duration_s(segment) <= 30 for segment in listener.segments())
    assert len(listener.segments()) == 2
