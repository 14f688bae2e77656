"""The second opinion on voice: is there any speech in this utterance at all?

webrtcvad lets noise, tones and music pass. Silero's model, which faster-whisper ships, is asked
about the whole utterance before Whisper, which would invent words for it.
"""

from __future__ import annotations

from pathlib import Path

import faster_whisper
import numpy as np
from faster_whisper.vad import SileroVADModel

from asr.audio import Samples
from common.audio import SAMPLE_RATE

_CHUNK = 512
_CHUNK_S = _CHUNK / SAMPLE_RATE


class SpeechDetector:
    """Silero's voice activity model, one thread. Calls may come from several threads."""

    def __init__(self) -> None:
        assets = Path(faster_whisper.__file__).parent / "assets"
        found = sorted(assets.glob("silero_vad*.onnx"))
        if not found:
            raise FileNotFoundError(f"Le modèle Silero manque dans {assets}.")
        self._model = SileroVADModel(str(found[-1]))

    def speech_s(self, samples: Samples, threshold: float) -> float:
        """Return how many seconds of ``samples`` are speech with at least ``threshold``."""
        if samples.size == 0:
            return 0.0
        padded = np.pad(samples, (0, -samples.size % _CHUNK))
        probabilities = np.asarray(self._model(padded)).reshape(-1)
        return float(np.count_nonzero(probabilities >= threshold)) * _CHUNK_S
