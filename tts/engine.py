"""Piper: speech text in, PCM of the box out.

One :class:`Engine` holds one ONNX session. It is safe to call from several threads at once; each
call computes on its caller's thread (and on the session's own pool when ``threads`` > 1).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from piper import PiperVoice
from piper.config import PiperConfig, SynthesisConfig

from tts import levels
from tts.voicefiles import VoiceError, find_voice

SOUND_VERSION: Final = "1"
"""Part of the fingerprint: raise it when the same text and voice would sound different."""

SLOWEST_PACE: Final = 0.5
FASTEST_PACE: Final = 2.0
SENTENCE_PAUSE_S: Final = 0.2
"""Between two sentences of one text, on top of their own tails."""

_MAX_PHONEMES = 360
"""Longer sentences are cut at a comma or a space: Kokoro takes 510 and rushes before that."""

_BREAKS = (",", ";", ":", " ")


class SpeechError(Exception):
    """This text cannot be spoken; the message is French."""


class StoppedError(Exception):
    """The computation was stopped on request."""


class Stop:
    """Ends a running computation from another thread."""

    def __init__(self) -> None:
        self.run_options = onnxruntime.RunOptions()
        self._set = False

    def set(self) -> None:
        """Stop within milliseconds; what was computed is lost."""
        self._set = True
        self.run_options.terminate = True

    @property
    def requested(self) -> bool:
        """True after :meth:`set`."""
        return self._set


class _Session:
    """The ONNX session as Piper sees it, with the caller's run options."""

    def __init__(self, model: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Waiting pool threads would eat the core that recognition needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Without VNNI, int8 products overflow unless the slower exact kernel is asked for.
        options.add_session_config_entry("session.x64quantprecision", "1")
        self._inner = onnxruntime.InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._local = threading.local()

    def use(self, run_options: Any) -> None:
        """Set the run options of the calling thread."""
        self._local.options = run_options

    def run(self, outputs: Any, feeds: Any) -> Any:
        return self._inner.run(outputs, feeds, getattr(self._local, "options", None))


class Engine:
    """A loaded voice."""

    def __init__(self, folder: Path, threads: int = 1, base_pace: float = 1.0) -> None:
        """Load the Piper voice in ``folder``, computing on ``threads`` threads a call.

        ``base_pace`` multiplies the pace of every sentence (the town's setting).

        Raises:
            VoiceError: the folder does not hold a usable French Piper voice (French message).
        """
        files = find_voice(folder)
        logging.getLogger("piper").setLevel(logging.ERROR)
        self.name = files.name
        self.fingerprint = f"{files.fingerprint()}-{SOUND_VERSION}-{base_pace:.2f}"
        self._base_pace = base_pace
        try:
            config = PiperConfig.from_dict(json.loads(files.config.read_text(encoding="utf-8")))
            self._session = _Session(files.model, threads)
            self._voice = PiperVoice(session=self._session, config=config)
            self.speak("Bonjour.")
        except (SpeechError, ValueError, KeyError, RuntimeError) as error:
            raise VoiceError(f"La voix « {files.model} » ne peut pas être chargée.") from error
        except Exception as error:  # onnxruntime's errors share no public base
            if type(error).__module__.startswith("onnxruntime"):
                raise VoiceError(f"La voix « {files.model} » ne peut pas être chargée.") from error
            raise

    def speak(self, spoken: str, pace: float = 1.0, stop: Stop | None = None) -> bytes:
        """Return ``spoken`` (already speech text) as PCM at the box's rate.

        ``pace`` 1.0 is the voice's own, 0.8 is slower.

        Raises:
            SpeechError: nothing in the text can be spoken.
            StoppedError: ``stop`` was set meanwhile.
        """
        pace = min(FASTEST_PACE, max(SLOWEST_PACE, pace * self._base_pace))
        settings = SynthesisConfig(
            length_scale=float(self._voice.config.length_scale) / pace, normalize_audio=False
        )
        self._session.use(stop.run_options if stop else None)
        try:
            pieces = [
                levels.trim(self._compute(phonemes, settings))
                for sentence in self._voice.phonemize(spoken)
                for phonemes in _fitting(sentence)
            ]
        except Exception:
            if stop is not None and stop.requested:
                raise StoppedError from None
            raise
        finally:
            self._session.use(None)
        pieces = [piece for piece in pieces if len(piece)]
        if not pieces:
            raise SpeechError("Ce texte ne contient rien à dire.")
        return levels.to_pcm(levels.levelled(levels.joined(pieces, SENTENCE_PAUSE_S / pace)))

    def _compute(self, phonemes: list[str], settings: SynthesisConfig) -> levels.Samples:
        ids = self._voice.phonemes_to_ids(phonemes)
        audio = self._voice.phoneme_ids_to_audio(ids, settings)
        return levels.to_box_rate(np.asarray(audio), int(self._voice.config.sample_rate))


def _fitting(phonemes: list[str]) -> Iterator[list[str]]:
    """Cut a sentence into pieces that the model takes, at a comma where possible."""
    if not any(phoneme.strip() and phoneme.isalpha() for phoneme in phonemes):
        return
    rest = phonemes
    while len(rest) > _MAX_PHONEMES:
        window = rest[:_MAX_PHONEMES]
        cut = _MAX_PHONEMES
        for mark in _BREAKS:
            found = [i for i, phoneme in enumerate(window) if phoneme == mark and i > 40]
            if found:
                cut = found[-1] + 1
                break
        yield rest[:cut]
        rest = rest[cut:]
    if rest:
        yield rest
