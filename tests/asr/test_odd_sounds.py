"""Voice activity on whatever else a line may carry: segments stay bounded, nothing is endless."""

from __future__ import annotations

import numpy as np
import pytest

from asr.activity import Activity, ActivitySettings, Confirmed, Paused, Started, VoiceActivity
from common.audio import FRAME_BYTES, duration_s
from tests.asr.sounds import Samples, mixed, noise, pcm, recorded, silence, tone, tune

FRAME_S = 0.02
SETTINGS = ActivitySettings()


def dtmf(seconds: float) -> Samples:
    """Return a flood of keys, ten a second."""
    lows, highs = (697, 770, 852, 941), (1209, 1336, 1477)
    keys = []
    for number in range(int(seconds * 10)):
        pair = tone(0.06, lows[number % 4], -14.0) + tone(0.06, highs[number % 3], -14.0)
        keys += [pair, silence(0.04)]
    return np.concatenate(keys)


def fax(seconds: float) -> Samples:
    """Return calling tones: half a second of 1100 Hz, three seconds of nothing."""
    parts = [np.concatenate([tone(0.5, 1100.0, -12.0), silence(3.0)])] * int(seconds / 3.5 + 1)
    return np.concatenate(parts)


def modem(seconds: float) -> Samples:
    """Return an answering tone with reversals and then noise in the band of a modem."""
    answering = tone(3.3, 2100.0, -14.0)
    answering[int(1.5 * 16000) :] *= -1
    return np.concatenate([answering, noise(seconds, -16.0)])


def clipped(seconds: float) -> Samples:
    """Return somebody who shouts into a telephone that cannot take it."""
    speech = np.concatenate([recorded("conf-invalid", 40.0)] * 8)
    return np.asarray(np.clip(speech, -1.0, 1.0)[: int(seconds * 16000)])


def unbroken(seconds: float) -> Samples:
    """Return speech without a pause."""
    speech = np.concatenate([recorded("all-circuits-busy-now")] * 40)
    frames = speech[: speech.size // 320 * 320].reshape(-1, 320)
    loud = frames[np.sqrt(np.mean(frames**2, axis=1)) > 0.02]
    return np.asarray(loud.reshape(-1))[: int(seconds * 16000)]


def two_people(seconds: float) -> Samples:
    """Return two voices at once, equally loud."""
    size = int(seconds * 16000)
    one = np.concatenate([recorded("conf-invalid")] * 30)[:size]
    other = np.concatenate([recorded("all-circuits-busy-now")] * 30)[:size]
    return np.asarray(one + other)


SOUNDS = {
    "noise": noise(30.0, -25.0),
    "loud noise": noise(30.0, -6.0),
    "noise that comes and goes": np.concatenate([noise(0.7, -20.0), silence(0.6)] * 25),
    "music": tune(30.0),
    "fax": fax(30.0),
    "modem": modem(30.0),
    "keys": dtmf(30.0),
    "clipping": clipped(10.0),
    "speech without a pause": unbroken(60.0),
    "two people": two_people(30.0),
    "full scale": np.tile(np.array([1.0, -1.0]), 8 * 16000),
    "offset": np.full(16000 * 10, 0.5),
}


def hear(sound: Samples, *, closing: bool) -> list[Activity]:
    """Feed a sound and five seconds of silence; ``closing`` takes each turn when it pauses."""
    activity = VoiceActivity()
    data = pcm(silence(1.0), sound, silence(6.0))
    events: list[Activity] = []
    for number, start in enumerate(range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES), 1):
        for event in activity.feed(data[start : start + FRAME_BYTES], number * FRAME_S):
            events.append(event)
            if closing and isinstance(event, Paused):
                activity.close(event.utterance)
    assert not activity.speaking
    return events


@pytest.mark.parametrize("closing", [True, False])
@pytest.mark.parametrize("name", SOUNDS)
def test_every_start_is_followed_by_a_pause_and_segments_are_bounded(
    name: str, closing: bool
) -> None:
    events = hear(SOUNDS[name], closing=closing)
    speaking_since: float | None = None
    for event in events:
        if isinstance(event, Paused):
            assert duration_s(event.pcm) <= SETTINGS.max_utterance_s
            assert event.speech_end <= event.at
            assert speaking_since is not None
            assert event.at - speaking_since <= SETTINGS.max_speech_s + 0.1
            speaking_since = None
        elif not isinstance(event, Confirmed):
            assert speaking_since is None
            speaking_since = event.at
    assert speaking_since is None


@pytest.mark.parametrize("name", ["noise", "loud noise", "offset", "full scale"])
def test_what_never_changes_is_hardly_taken_for_speech(name: str) -> None:
    events = hear(SOUNDS[name], closing=True)
    spoken_s = sum(event.voiced_s for event in events if isinstance(event, Paused))
    assert spoken_s < 3.0


@pytest.mark.parametrize("name", ["speech without a pause", "two people", "clipping"])
def test_speech_is_found_whatever_was_done_to_it(name: str) -> None:
    events = hear(SOUNDS[name], closing=True)
    assert any(isinstance(event, Started) for event in events)
    assert any(isinstance(event, Confirmed) for event in events)


def test_speech_after_an_odd_sound_is_heard() -> None:
    for name in ("loud noise", "keys", "music"):
        activity = VoiceActivity()
        data = pcm(silence(1.0), SOUNDS[name][: 10 * 16000], silence(3.0))
        for number, start in enumerate(range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES), 1):
            for event in activity.feed(data[start : start + FRAME_BYTES], number * FRAME_S):
                if isinstance(event, Paused):
                    activity.close(event.utterance)
        begun = len(data) // FRAME_BYTES * FRAME_S
        speech = recorded("conf-invalid")
        more = pcm(mixed(speech, noise(speech.size / 16000 + 1.0, -60.0)))
        events: list[Activity] = []
        for number, start in enumerate(range(0, len(more) - FRAME_BYTES + 1, FRAME_BYTES), 1):
            events += activity.feed(more[start : start + FRAME_BYTES], begun + number * FRAME_S)
        assert any(isinstance(event, Started) for event in events), name
        assert isinstance(events[-1], Paused), name
