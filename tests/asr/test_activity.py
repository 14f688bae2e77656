"""Voice activity on synthetic noise and recorded speech."""

from __future__ import annotations

import numpy as np
import pytest

from asr.activity import (
    Activity,
    ActivitySettings,
    Confirmed,
    Paused,
    Resumed,
    Started,
    VoiceActivity,
)
from asr.loudness import Voice
from common.audio import FRAME_BYTES, SAMPLE_RATE, duration_s
from tests.asr.sounds import Samples, mixed, noise, pcm, recorded, silence, tone

FRAME_S = 0.02
FRAME_SAMPLES = FRAME_BYTES // 2


class Call:
    """A call whose clock is the audio fed so far, from an arbitrary instant."""

    def __init__(self, settings: ActivitySettings | None = None) -> None:
        self.activity = VoiceActivity(settings)
        self.now = 1000.0

    def hear(self, *parts: Samples) -> list[Activity]:
        data = pcm(*parts)
        events: list[Activity] = []
        for start in range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES):
            self.now += FRAME_S
            events += self.activity.feed(data[start : start + FRAME_BYTES], self.now)
        return events


def kinds(events: list[Activity]) -> list[type]:
    return [type(event) for event in events]


def last_pause(events: list[Activity]) -> Paused:
    return [event for event in events if isinstance(event, Paused)][-1]


def test_one_sentence_starts_is_confirmed_and_pauses_once() -> None:
    call = Call()
    call.hear(silence(1.0))
    begun = call.now
    sentence = recorded("conf-unmuted")
    events = call.hear(sentence, silence(1.0))

    assert kinds(events) == [Started, Confirmed, Paused]
    started, confirmed, paused = events
    assert isinstance(started, Started) and isinstance(confirmed, Confirmed)
    assert isinstance(paused, Paused)
    assert begun < started.at < confirmed.at < paused.speech_end < paused.at
    assert confirmed.voiced_s == pytest.approx(0.3)
    assert paused.at - paused.speech_end == pytest.approx(0.12, abs=0.045)
    assert paused.speech_end <= begun + sentence.size / SAMPLE_RATE + 0.1
    assert {event.utterance for event in events} == {1}


def test_the_audio_holds_the_whole_sentence_and_its_pre_roll() -> None:
    call = Call()
    sentence = recorded("conf-unmuted")
    data = pcm(silence(1.0), sentence, silence(0.5))
    paused = last_pause(call.hear(silence(1.0), sentence, silence(0.5)))

    start = data.find(paused.pcm)
    assert start >= 0, "the audio is not a piece of what was fed"
    loud = np.flatnonzero(np.abs(np.frombuffer(data, dtype="<i2")) > 1500)
    first_s, last_s = loud[0] / SAMPLE_RATE, loud[-1] / SAMPLE_RATE
    begin_s = start / 2 / SAMPLE_RATE
    assert 0.1 < first_s - begin_s < 0.5
    assert begin_s + duration_s(paused.pcm) > last_s


def test_a_pause_inside_the_speech_is_resumed_and_the_audio_goes_on() -> None:
    call = Call()
    events = call.hear(
        silence(0.5), recorded("conf-unmuted"), silence(0.6), recorded("all-circuits-busy-now")
    )
    events += call.hear(silence(0.5))
    pauses = [event for event in events if isinstance(event, Paused)]
    assert Resumed in kinds(events)
    assert {event.utterance for event in events} == {1}
    assert pauses[-1].pcm.startswith(pauses[0].pcm)
    assert pauses[-1].voiced_s > pauses[0].voiced_s


def test_after_close_speech_belongs_to_the_next_utterance() -> None:
    call = Call()
    events = call.hear(silence(0.5), recorded("conf-unmuted"), silence(0.4))
    call.activity.close(1)
    events = call.hear(silence(0.4), recorded("auth-thankyou"), silence(0.5))
    assert kinds(events)[0] is Started
    assert {event.utterance for event in events} == {2}
    assert duration_s(last_pause(events).pcm) < 2.0


def test_closing_while_the_caller_speaks_keeps_what_follows() -> None:
    call = Call()
    sentence = recorded("all-circuits-busy-now")
    half = sentence.size // 2
    call.hear(silence(0.5), sentence[:half])
    call.activity.close(1)
    events = call.hear(sentence[half:], silence(0.5))
    assert isinstance(events[0], Started) and events[0].utterance == 2


def test_closing_another_utterance_changes_nothing() -> None:
    call = Call()
    call.hear(silence(0.5), recorded("conf-unmuted"))
    call.activity.close(7)
    assert {event.utterance for event in call.hear(silence(0.5))} == {1}


@pytest.mark.parametrize("level_db", [-60.0, -45.0, -30.0])
def test_steady_noise_is_not_speech(level_db: float) -> None:
    assert Call().hear(noise(12.0, level_db)) == []


def test_noise_that_sets_in_or_a_tone_cannot_hold_the_turn() -> None:
    for sound in (noise(20.0, -28.0), tone(20.0, 440.0)):
        call = Call()
        events = call.hear(silence(2.0), sound)
        started = [event for event in events if isinstance(event, Started)]
        if started:
            paused = last_pause(events)
            assert paused.at - started[0].at < 4.0


def test_speech_in_street_noise_is_found_and_ends() -> None:
    call = Call()
    call.hear(noise(3.0, -36.0))
    begun = call.now
    speech = recorded("conf-invalid")
    background = noise(speech.size / SAMPLE_RATE + 1.5, -36.0, seed=2)
    events = call.hear(mixed(speech, background))
    assert events and isinstance(events[0], Started)
    assert begun < events[0].at < begun + 1.0
    end = last_pause(events).speech_end - begun
    assert speech.size / SAMPLE_RATE - 0.6 < end < speech.size / SAMPLE_RATE + 0.2


def test_a_television_in_the_room_does_not_hold_the_turn() -> None:
    television = np.concatenate([recorded("conf-invalid", -15.0)] * 3)
    speech = np.concatenate([recorded("conf-unmuted")] * 2)
    rest_s = 3.0
    background = television[: speech.size + int(rest_s * SAMPLE_RATE)]
    call = Call()
    call.hear(silence(1.0))
    begun = call.now
    events = call.hear(mixed(speech, background))
    paused = last_pause(events)
    assert {event.utterance for event in events} == {1}
    assert paused.speech_end - begun == pytest.approx(speech.size / SAMPLE_RATE, abs=0.5)
    assert paused.at - paused.speech_end <= 0.6
    assert duration_s(paused.pcm) < 5.0


def test_somebody_softer_who_takes_the_phone_is_heard_after_a_while() -> None:
    call = Call()
    call.hear(silence(1.0), recorded("conf-invalid"), silence(1.0))
    call.activity.close(1)
    softer = recorded("conf-invalid", -15.0)
    assert any(isinstance(event, Started) for event in call.hear(softer, softer, softer))


def test_a_quiet_caller_is_heard() -> None:
    events = Call().hear(silence(1.0), recorded("conf-unmuted", gain_db=-25.0), silence(0.5))
    assert kinds(events)[:2] == [Started, Confirmed] and kinds(events)[-1] is Paused
    assert {event.utterance for event in events} == {1}


def test_clicks_are_dropped() -> None:
    click = noise(0.04, -12.0)
    call = Call()
    assert call.hear(*[part for _ in range(10) for part in (silence(0.5), click)]) == []


def test_clicks_after_the_sentence_do_not_postpone_the_pause() -> None:
    call = Call()
    sentence = recorded("conf-unmuted")
    sentence = sentence[: sentence.size // FRAME_SAMPLES * FRAME_SAMPLES]
    quiet = last_pause(call.hear(silence(1.0), sentence, silence(1.0)))
    other = Call()
    clicks = [part for _ in range(5) for part in (silence(0.1), noise(0.02, -12.0))]
    noisy = last_pause(other.hear(silence(1.0), sentence, *clicks, silence(0.5)))
    assert noisy.at - quiet.at <= 0.1


def test_endless_speech_is_cut_off_and_memory_stays_bounded() -> None:
    call = Call()
    sentence = recorded("all-circuits-busy-now")[: int(1.6 * SAMPLE_RATE)]
    events = call.hear(silence(0.5), *[sentence] * 40)
    first = [event for event in events if isinstance(event, Paused) and event.utterance == 1]
    assert duration_s(first[-1].pcm) <= 29.0
    started = [event for event in events if isinstance(event, Started)]
    assert len(started) >= 2, "nobody closed it, yet the next speech must be a new utterance"
    assert max(duration_s(event.pcm) for event in events if isinstance(event, Paused)) <= 29.0


def test_a_paused_utterance_that_nobody_closes_ends_by_itself() -> None:
    call = Call()
    call.hear(silence(0.5), recorded("conf-unmuted"), silence(8.0))
    events = call.hear(recorded("conf-unmuted"), silence(0.5))
    assert {event.utterance for event in events} == {2}


class Script:
    """Says of each frame what it is told to: S for strong, w for weak, - for none."""

    def __init__(self, frames: str) -> None:
        self._frames = iter(frames)

    def judge(self, frame: bytes, *, over_us: bool = False) -> Voice:
        kinds = {"S": Voice.STRONG, "w": Voice.WEAK, "-": Voice.NONE}
        return kinds[next(self._frames)]


def pauses_of(frames: str, played: bytes = b"") -> list[tuple[float, float]]:
    """Return the end of speech and the instant of each pause, while we play something."""
    activity = VoiceActivity(judge=Script(frames))
    events: list[Activity] = []
    for number in range(1, len(frames) + 1):
        events += activity.feed(bytes(FRAME_BYTES), number * FRAME_S, played)
    return [(event.speech_end, event.at) for event in events if isinstance(event, Paused)]


def test_silence_is_a_pause_after_120_ms_and_a_gap_between_syllables_is_none() -> None:
    ((end, at),) = pauses_of("S" * 20 + "-" * 4 + "S" * 5 + "-" * 20)
    assert end == pytest.approx(0.58) and at == pytest.approx(0.7)


def test_voice_that_goes_on_softly_is_a_pause_after_300_ms() -> None:
    ((end, at),) = pauses_of("S" * 20 + "w" * 40)
    assert end == pytest.approx(0.4) and at == pytest.approx(0.7)


def test_who_speaks_over_us_may_grow_soft_for_longer() -> None:
    ours = pcm(tone(FRAME_S, 440.0))
    ((end, at),) = pauses_of("S" * 20 + "w" * 40, ours)
    assert end == pytest.approx(0.4) and at == pytest.approx(0.9)


def test_a_soft_last_syllable_belongs_to_the_speech() -> None:
    ((end, at),) = pauses_of("S" * 20 + "w" * 8 + "-" * 20)
    assert end == pytest.approx(0.56) and at == pytest.approx(0.68)


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="639"):
        VoiceActivity().feed(bytes(639), 0.0)
