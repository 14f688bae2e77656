"""WAV files of the test commands, read into the one PCM format of the box."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soxr

from common.audio import SAMPLE_BYTES, SAMPLE_RATE

MAX_SECONDS = 120


class WavError(Exception):
    """The file cannot be used; the message is French."""


def read(path: Path | BinaryIO, rate: int | None = None) -> bytes:
    """Return the audio of a 16-bit WAV file, or stream, as mono PCM at ``SAMPLE_RATE``.

    ``rate`` in Hz, when given, is the only one accepted, and the file must then be mono.

    Raises:
        WavError: unreadable, not 16-bit PCM, empty, too long or at the wrong rate.
    """
    try:
        source = str(path) if isinstance(path, Path) else path
        with wave.open(source, "rb") as file:
            parameters = file.getparams()
            if parameters.nframes > MAX_SECONDS * parameters.framerate:
                raise WavError(f"le son dépasse {MAX_SECONDS} secondes.")
            data = file.readframes(parameters.nframes)
    except FileNotFoundError as error:
        raise WavError("fichier son introuvable.") from error
    except OSError as error:
        raise WavError(f"lecture du son impossible ({error.strerror}).") from error
    except (wave.Error, EOFError) as error:
        raise WavError("ce n'est pas un fichier WAV en PCM.") from error
    if parameters.sampwidth != SAMPLE_BYTES:
        raise WavError("le son doit être en 16 bits.")
    if rate is not None and (parameters.framerate, parameters.nchannels) != (rate, 1):
        raise WavError(
            f"le son doit être mono à {rate} Hz "
            f"(ici {parameters.nchannels} canal(aux) à {parameters.framerate} Hz)."
        )
    samples = np.frombuffer(data[: len(data) // SAMPLE_BYTES * SAMPLE_BYTES], dtype="<i2")
    samples = samples[: len(samples) // parameters.nchannels * parameters.nchannels]
    if samples.size == 0:
        raise WavError("le fichier son est vide.")
    mono = samples.reshape(-1, parameters.nchannels).astype(np.float32).mean(axis=1)
    if parameters.framerate != SAMPLE_RATE:
        mono = np.asarray(soxr.resample(mono, parameters.framerate, SAMPLE_RATE), dtype=np.float32)
    return bytes(np.clip(np.rint(mono), -32768, 32767).astype("<i2").tobytes())
