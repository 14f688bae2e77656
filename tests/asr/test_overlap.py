"""Voice activity while the box speaks, and the second opinion on what is voice."""

from __future__ import annotations

import numpy as np
import pytest

from asr.activity import Activity, Paused, Started, VoiceActivity
from asr.silero import SpeechCheck
from common.audio import FRAME_BYTES, SAMPLE_RATE
from tests.asr.sounds import Samples, mixed, noise, pcm, recorded, silence, tune

FRAME_S = 0.02
OURS = recorded("all-circuits-busy-now", -3.0)


class Call:
    """A call whose clock is the audio fed so far."""

    def __init__(self, *, checked: bool = False) -> None:
        self.activity = VoiceActivity(check=SpeechCheck() if checked else None)
        self.now = 0.0

    def hear(self, *parts: Samples, ours: Samples | None = None) -> list[Activity]:
        """Feed sound, while ``ours`` is played over and over; close what pauses."""
        data = pcm(*parts)
        played = pcm(np.resize(ours, len(data) // 2)) if ours is not None else b""
        events: list[Activity] = []
        for start in range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES):
            self.now += FRAME_S
            frame = data[start : start + FRAME_BYTES]
            for event in self.activity.feed(frame, self.now, played[start : start + FRAME_BYTES]):
                events.append(event)
                if isinstance(event, Paused):
                    self.activity.close(event.utterance)
        return events


def starts(events: list[Activity]) -> list[float]:
    return [event.at for event in events if isinstance(event, Started)]


def cough(level_db: float = -16.0) -> Samples:
    burst = noise(0.3, level_db, seed=4)
    white = np.random.default_rng(4).normal(size=burst.size) * 10 ** (level_db / 20)
    return np.asarray(white * np.exp(-np.arange(burst.size) / SAMPLE_RATE * 12))


def test_a_television_does_not_become_the_caller_while_we_speak() -> None:
    television = np.concatenate([recorded("conf-invalid", -15.0)] * 6)
    call = Call()
    assert starts(call.hear(silence(1.0), recorded("conf-invalid"), silence(1.0)))
    assert not starts(call.hear(television, ours=OURS))
    assert starts(call.hear(recorded("conf-unmuted", -3.0), ours=OURS))


@pytest.mark.parametrize("gain_db", [-22.0, -6.0])
def test_a_television_does_not_cut_the_greeting_short_but_a_caller_does(gain_db: float) -> None:
    call = Call()
    television = np.concatenate([recorded("conf-invalid", gain_db)] * 2)
    assert not starts(call.hear(television, ours=OURS))
    assert starts(call.hear(recorded("conf-invalid", gain_db + 15.0), ours=OURS))


def test_on_a_quiet_line_a_soft_voice_cuts_the_greeting_short() -> None:
    call = Call()
    call.hear(noise(1.5, -70.0), ours=OURS)
    assert starts(call.hear(recorded("conf-invalid", -10.0), ours=OURS))


@pytest.mark.parametrize("gain_db", [0.0, -8.0])
def test_who_goes_on_over_the_greeting_is_not_compared_with_themselves(gain_db: float) -> None:
    speech = np.concatenate([recorded("conf-unmuted", gain_db)] * 3)
    line = (noise(1.5, -70.0), speech, silence(1.0))
    alone, over_us = (
        [event.voiced_s for event in Call().hear(*line, ours=ours) if isinstance(event, Paused)]
        for ours in (None, OURS)
    )
    assert len(over_us) <= len(alone)
    assert sum(over_us) == pytest.approx(sum(alone), rel=0.1)


def test_one_who_murmurs_is_heard_as_soon_as_we_are_silent() -> None:
    call = Call()
    quiet = recorded("conf-unmuted", -25.0)
    assert not starts(call.hear(silence(1.0), quiet, ours=OURS))
    assert starts(call.hear(silence(1.0), quiet, silence(0.5)))


@pytest.mark.component
@pytest.mark.parametrize("sound", ["cough", "traffic", "music"])
def test_what_is_no_speech_starts_nothing(sound: str) -> None:
    gusts = np.concatenate([noise(0.6, -22.0, seed=n) for n in range(2)] + [silence(0.5)])
    sounds = {
        "cough": np.concatenate([cough(), silence(1.0)] * 4),
        "traffic": np.concatenate([gusts] * 4),
        "music": tune(6.0, -20.0),
    }
    heard = (silence(1.0), sounds[sound], silence(1.0))
    assert not starts(Call(checked=True).hear(*heard))


@pytest.mark.component
@pytest.mark.parametrize("gain_db", [0.0, -20.0])
@pytest.mark.parametrize("noise_db", [-80.0, -50.0])
def test_speech_passes_the_second_opinion_without_delay(gain_db: float, noise_db: float) -> None:
    for name in ("conf-invalid", "conf-unmuted", "auth-thankyou"):
        speech = recorded(name, gain_db)
        line = noise(speech.size / SAMPLE_RATE + 2.0, noise_db + gain_db)
        at = SAMPLE_RATE
        line[at:] = mixed(speech, line[at:])
        plain, checked = (starts(Call(checked=on).hear(line)) for on in (False, True))
        assert len(checked) == len(plain)
        assert checked[0] - plain[0] <= 0.061


@pytest.mark.component
def test_scraps_of_sound_are_no_speech() -> None:
    check = SpeechCheck()
    assert not check.is_speech(b"")
    assert not check.is_speech(b"\1\0")
    assert not check.is_speech(bytes(3200))
    assert check.is_speech(pcm(recorded("conf-invalid"))[3200:16000])
