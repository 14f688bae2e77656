"""The one audio format inside the box."""

import io
import wave

SAMPLE_RATE = 16_000
"""Hz. Every PCM buffer between processes is mono, signed 16-bit little-endian at this rate."""

SAMPLE_BYTES = 2
FRAME_MS = 20
FRAME_BYTES = SAMPLE_RATE * FRAME_MS // 1000 * SAMPLE_BYTES


def duration_s(pcm: bytes) -> float:
    """Return the length of a PCM buffer in seconds."""
    return len(pcm) / (SAMPLE_RATE * SAMPLE_BYTES)


def wav_of(pcm: bytes) -> bytes:
    """Return a WAV file of mono PCM at the box's rate."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm)
    return buffer.getvalue()
