"""The one audio format inside the box."""

SAMPLE_RATE = 16_000
"""Hz. Every PCM buffer between processes is mono, signed 16-bit little-endian at this rate."""

SAMPLE_BYTES = 2
FRAME_MS = 20
FRAME_BYTES = SAMPLE_RATE * FRAME_MS // 1000 * SAMPLE_BYTES


def duration_s(pcm: bytes) -> float:
    """Return the length of a PCM buffer in seconds."""
    return len(pcm) / (SAMPLE_RATE * SAMPLE_BYTES)
