"""The second opinion on what begins to sound like voice: speech, or a cough, traffic, music?

Silero's model, which faster-whisper ships, hears the last moments before an utterance is said to
begin. Asked only then it costs next to nothing, and it spares Whisper what is no speech.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from asr.audio import levelled, samples_of

_CHUNK = 512
_CONTEXT = 64
_STATE = (1, 1, 128)
_LATEST = 2
"""Chunks of 32 ms in which one must be speech: at the very beginning of a sound the model errs,
then it doubts noise and music, and grows sure of speech."""
_LONGEST_S = 2.0


class SpeechCheck:
    """Silero's voice activity model on one thread; calls must not overlap."""

    def __init__(self, threshold: float = 0.2) -> None:
        """Load the model. Coughs, traffic and music stay below 0.1; the first tenths of a second
        of a soft "oui" reach 0.3.

        Raises:
            FileNotFoundError: faster-whisper does not bring it.
        """
        self._threshold = threshold
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session: Any = onnxruntime.InferenceSession(
            str(_model()), options, providers=["CPUExecutionProvider"]
        )
        self.is_speech(bytes(_CHUNK * 8))

    def is_speech(self, pcm: bytes) -> bool:
        """Tell whether the end of ``pcm`` (16 kHz mono s16le) is speech, at whatever level."""
        samples = levelled(samples_of(pcm, _LONGEST_S))
        samples = samples[samples.size % _CHUNK :]
        if samples.size == 0:
            return False
        chunks = samples.reshape(-1, _CHUNK)
        before = np.vstack([np.zeros((1, _CONTEXT), np.float32), chunks[:-1, -_CONTEXT:]])
        state = np.zeros(_STATE, np.float32)
        inputs = {"input": np.hstack([before, chunks]), "h": state, "c": state}
        speech = np.asarray(self._session.run(None, inputs)[0]).reshape(-1)
        return bool(np.max(speech[-_LATEST:]) >= self._threshold)


def _model() -> Path:
    """Find the model without importing what ships it."""
    spec = find_spec("faster_whisper")
    folder = Path(spec.origin).parent / "assets" if spec and spec.origin else Path()
    found = sorted(folder.glob("silero_vad*.onnx"))
    if not found:
        raise FileNotFoundError(f"Le modèle Silero manque dans {folder}.")
    return found[-1]
