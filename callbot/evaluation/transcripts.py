"""Transcripts kept in a file, so that the same recordings need not be recognised again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from dialogue.ports import Heard, Recogniser


class Kept(msgspec.Struct, frozen=True):
    """One recording as it was recognised."""

    sound: str
    """Hash of the PCM and of the kind of answer that was expected."""
    text: str
    confidence: float
    reason: str = ""


class TranscriptError(Exception):
    """The file cannot be used; the message is one French sentence."""


class KeptTranscripts:
    """A recogniser that remembers. The file says nothing of the model: delete it with that."""

    def __init__(self, file: Path, inner: Recogniser | None = None) -> None:
        """Read what ``file`` holds, if it exists; what it lacks is asked of ``inner``.

        Raises:
            TranscriptError: the file is something else.
        """
        self._file = file
        self.inner = inner
        self._known: dict[str, Kept] = {}
        if not file.exists():
            return
        try:
            lines = filter(None, file.read_text("utf-8").splitlines())
            found = [msgspec.json.decode(line, type=Kept) for line in lines]
        except (OSError, ValueError) as error:
            raise TranscriptError(f"{file} ne contient pas de transcriptions.") from error
        self._known = {kept.sound: kept for kept in found}

    def knows(self, pcm: bytes, expects: str) -> bool:
        """Tell whether this recording needs no recognition."""
        return _sound(pcm, expects) in self._known

    def heard(self, pcm: bytes, expects: str) -> Heard:
        """Return what was recognised before; raises KeyError when nothing was."""
        kept = self._known[_sound(pcm, expects)]
        return Heard(kept.text, kept.confidence, kept.reason)

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        """See :class:`dialogue.ports.Recogniser`."""
        sound = _sound(pcm, expects)
        kept = self._known.get(sound)
        if kept is None:
            assert self.inner is not None
            heard = await self.inner.recognise(call, pcm, waiting_since, expects)
            kept = Kept(sound, heard.text, heard.confidence, heard.reason)
            self._known[sound] = kept
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(kept) + b"\n")
        return Heard(kept.text, kept.confidence, kept.reason)


def _sound(pcm: bytes, expects: str) -> str:
    return hashlib.sha256(expects.encode() + b"\0" + pcm).hexdigest()[:32]
