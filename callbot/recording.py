"""What callers said, kept as sound: only where the town has turned it on."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

from common import logs
from common.audio import wav_of
from dialogue.ports import Heard, Recogniser


class RecordingRecogniser:
    """Recognises, and writes each utterance to ``folder/<call>/<number>.wav``."""

    def __init__(self, inner: Recogniser, folder: Path) -> None:
        self._inner = inner
        self._folder = folder

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        """See :class:`dialogue.ports.Recogniser`; a full disk never stops a call."""
        heard = await self._inner.recognise(call, pcm, waiting_since, expects)
        try:
            await asyncio.to_thread(write_utterance, self._folder / call, pcm)
        except OSError as error:
            logs.get().error("recording_failed", error=error.strerror)
        return heard


def write_utterance(folder: Path, pcm: bytes) -> Path:
    """Write one utterance as the next WAV file of a call; readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{sum(1 for _ in folder.glob('*.wav')) + 1:03}.wav"
    path.touch(mode=0o600)
    path.write_bytes(wav_of(pcm))
    return path


async def keep_purged(folder: Path, days: int, every_s: float = 3600.0) -> None:
    """Erase the recordings of calls older than ``days``, now and then, until cancelled."""
    while True:
        await asyncio.to_thread(purge, folder, time.time() - days * 86400)
        await asyncio.sleep(every_s)


def purge(folder: Path, before: float) -> int:
    """Erase the calls last written before an instant (seconds since 1970); return how many."""
    old = [call for call in folder.glob("*") if call.is_dir() and call.stat().st_mtime < before]
    for call in old:
        shutil.rmtree(call, ignore_errors=True)
    return len(old)
