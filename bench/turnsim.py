"""Turns as the box would take them: voice activity, recognition in the pauses, end of turn.

The audio is fed frame by frame on a clock of its own, so nothing here depends on the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import webrtcvad
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.vad import SileroVADModel, get_assets_path

from asr.activity import (
    Activity,
    ActivitySettings,
    Check,
    Judge,
    Paused,
    Resumed,
    Started,
    VoiceActivity,
)
from asr.endpointing import EndOfTurn, reads_unfinished
from asr.loudness import FrameJudge, LoudnessSettings, Voice
from bench.turnhearing import NOTHING, Texts
from bench.turnsounds import Samples, Turn, pcm_of, samples_of
from common.audio import FRAME_BYTES, SAMPLE_RATE
from dialogue.sequel import AFTER_S, WITHIN_S

FRAME_S: Final = 0.02
SLACK_S: Final = 0.1
"""The end of a last syllable: a turn that is taken then is not cut off."""
ANSWER_S: Final = 0.1
"""From the end of a turn to the first sound of the answer."""
_CHUNK = 512
_SMART_S = 8

MakeJudge: TypeAlias = Callable[[Samples], Judge]


class RawJudge:
    """webrtcvad alone: what it takes for speech is the caller's."""

    def __init__(self) -> None:
        self._vad = webrtcvad.Vad(2)

    def judge(self, frame: bytes, *, over_us: bool = False) -> Voice:
        """Return STRONG for speech."""
        return Voice.STRONG if self._vad.is_speech(frame, SAMPLE_RATE) else Voice.NONE


class SileroJudge:
    """Silero alone, or as a second opinion on another judge."""

    def __init__(
        self, model: SileroVADModel, line: Samples, threshold: float, first: Judge | None = None
    ) -> None:
        """The model is causal: the whole ``line`` may be judged ahead."""
        padded = np.pad(line, (0, -line.size % _CHUNK))
        self._speech = np.asarray(model(padded)).reshape(-1)
        self._threshold = threshold
        self._first = first
        self._at = 0

    def judge(self, frame: bytes, *, over_us: bool = False) -> Voice:
        """Return what the frame holds by the last chunk that was complete at its end."""
        self._at += len(frame) // 2
        chunk = self._at // _CHUNK - 1
        speech = chunk >= 0 and self._speech[chunk] >= self._threshold
        voice = (
            self._first.judge(frame, over_us=over_us) if self._first is not None else Voice.STRONG
        )
        return voice if speech else Voice.NONE


def judges() -> dict[str, MakeJudge]:
    """Return every way to judge frames that is compared, by name."""
    silero = SileroVADModel(get_silero())
    return {
        "webrtcvad": lambda _: RawJudge(),
        "silero": lambda line: SileroJudge(silero, line, 0.5),
        "webrtcvad+loudness": lambda _: FrameJudge(LoudnessSettings()),
        "webrtcvad+loudness+silero": lambda line: SileroJudge(
            silero, line, 0.3, FrameJudge(LoudnessSettings())
        ),
    }


def get_silero() -> str:
    """Return the model that faster-whisper ships."""
    return str(sorted(Path(get_assets_path()).glob("silero_vad*.onnx"))[-1])


@dataclass(frozen=True)
class Pause:
    """A pause of the caller, as voice activity told it."""

    at: float
    speech_end: float
    voiced_s: float
    resumed_at: float | None
    text: str
    cpu_s: float
    """Processor time of its recognition."""
    finished: float | None
    """Probability by smart-turn that the turn is over; None without the model."""

    @property
    def unfinished(self) -> bool:
        """Whether the words go on by themselves."""
        return reads_unfinished(self.text)


@dataclass(frozen=True)
class Trace:
    """What voice activity and recognition made of one turn."""

    turn: str
    kind: str
    expectation: str
    background: str
    starts: float
    ends: float
    length_s: float
    pauses: tuple[Pause, ...]


def heard(
    line: Samples,
    judge: Judge,
    check: Check | None = None,
    settings: ActivitySettings | None = None,
) -> list[Activity]:
    """Feed a line; return what voice activity made of it, if nobody ever takes a turn."""
    activity = VoiceActivity(settings, judge, check)
    pcm = pcm_of(line)
    events: list[Activity] = []
    for number, start in enumerate(range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES), 1):
        events += activity.feed(pcm[start : start + FRAME_BYTES], number * FRAME_S)
    return events


class SmartTurn:
    """The smart-turn v3 model: is the turn over, by its sound?"""

    def __init__(self, model: Path) -> None:
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(model), options)
        self._features = FeatureExtractor(feature_size=80, chunk_length=_SMART_S)
        self._spent = [0.0, 0.0]

    def finished(self, pcm: bytes) -> float:
        """Return the probability that nothing more is to come."""
        begun = time.process_time()
        samples = samples_of(pcm)[-_SMART_S * SAMPLE_RATE :]
        padded = np.pad(samples, (_SMART_S * SAMPLE_RATE - samples.size, 0))
        normal = (padded - padded.mean()) / np.sqrt(padded.var() + 1e-7)
        features = self._features(normal.astype(np.float32), padding=0)
        inputs = {"input_features": features[None, :, : _SMART_S * 100].astype(np.float32)}
        answer = float(np.asarray(self._session.run(None, inputs)[0]).reshape(-1)[0])
        self._spent[0] += time.process_time() - begun
        self._spent[1] += 1
        return answer

    @property
    def cpu_s(self) -> float:
        """Processor time of one answer, in seconds."""
        return self._spent[0] / max(1.0, self._spent[1])


def trace(
    turn: Turn,
    judge: Judge,
    texts: Texts | None,
    smart: SmartTurn | None,
    check: Check | None = None,
    settings: ActivitySettings | None = None,
) -> Trace:
    """Return the pauses of one turn; without ``texts`` nothing is recognised."""
    events = heard(turn.line, judge, check, settings)
    pauses = []
    for number, event in enumerate(events):
        if not isinstance(event, Paused):
            continue
        later = [e.at for e in events[number + 1 :] if isinstance(e, Resumed | Started)]
        finished = smart.finished(event.pcm) if smart is not None else None
        said = texts.of(turn, event) if texts is not None else NOTHING
        resumed = later[0] if later else None
        times = (event.at, event.speech_end, event.voiced_s, resumed)
        pauses.append(Pause(*times, said.text, said.cpu_s, finished))
    length_s = len(turn.line) / SAMPLE_RATE
    return Trace(
        turn.id,
        turn.kind,
        turn.expectation,
        turn.background,
        turn.starts,
        turn.ends,
        length_s,
        tuple(pauses),
    )


Wait: TypeAlias = Callable[[Trace, Pause], float]
"""How long after the last word the turn is taken, once the words are there."""


def fixed(wait_s: float) -> Wait:
    """Wait always as long."""
    return lambda _trace, _pause: wait_s


def by_text(policy: EndOfTurn) -> Wait:
    """Wait as the words ask for."""
    return lambda trace, pause: policy.wait_s(trace.expectation, pause.text, pause.voiced_s)


def by_sound(over_s: float, going_on_s: float, threshold: float = 0.5) -> Wait:
    """Wait as smart-turn says."""
    return lambda _, pause: over_s if (pause.finished or 0.0) >= threshold else going_on_s


@dataclass(frozen=True)
class Taken:
    """How one turn was taken."""

    trace: Trace
    cut_off: bool
    wait_s: float | None
    """From the true end of the last word; None when it was cut off, or never taken."""
    gone_on: int = 0
    """How often it was taken too soon, the caller went on, and the answer was taken back."""


def take(trace: Trace, wait: Wait, *, at_once: bool = False, mends: bool = False) -> Taken:
    """Take the turn at the first pause that outlasts its wait and its recognition.

    Args:
        at_once: the machine recognises in no time.
        mends: a caller who goes on soon is heard again as a whole.
    """
    gone_on = 0
    for pause in trace.pauses:
        heard_at = pause.at + (0.0 if at_once else pause.cpu_s)
        taken_at = max(pause.speech_end + wait(trace, pause), heard_at)
        resumed_at = pause.resumed_at
        if resumed_at is not None and resumed_at <= taken_at:
            continue
        if taken_at < trace.starts:
            continue
        if taken_at >= trace.ends - SLACK_S:
            return Taken(trace, False, max(0.0, taken_at - trace.ends), gone_on)
        soon = min(taken_at + ANSWER_S + WITHIN_S, pause.speech_end + AFTER_S)
        if not mends or resumed_at is None or resumed_at > soon:
            return Taken(trace, True, None, gone_on)
        gone_on += 1
    return Taken(trace, False, None, gone_on)


def summed(taken: Sequence[Taken]) -> tuple[float, float, float, int]:
    """Return the share cut off, median and 90th percentile of the wait, and how many were never
    taken."""
    waits = [one.wait_s for one in taken if one.wait_s is not None]
    cut = sum(one.cut_off for one in taken) / max(1, len(taken))
    never = sum(one.wait_s is None and not one.cut_off for one in taken)
    if not waits:
        return cut, float("nan"), float("nan"), never
    return cut, float(np.median(waits)), float(np.percentile(waits, 90)), never
