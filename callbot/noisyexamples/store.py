"""What was heard of each example, kept line by line: whatever stops a run, nothing is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from callbot.paths import Paths

FOLDER = "entendus"
"""Under ``var``."""
HEARD_FILE = "entendus.jsonl"
CHOICE_FILE = "choix.json"


class Hearing(msgspec.Struct, frozen=True):
    """One example as it was heard once."""

    key: str
    """Of text, voice, line and recogniser; see :func:`key_of`."""
    said: str
    heard: str
    confidence: float
    line: str


class Choice(msgspec.Struct, frozen=True):
    """Whether what was heard is learnt, and what that was decided from; shares are 0 to 1."""

    learnt: bool
    written: tuple[float, float]
    """Right on written examples held out: without and with."""
    heard: tuple[float, float]
    """Right on heard ones held out: without and with."""


def key_of(text: str, voice: str, line: str, recogniser: str) -> str:
    """Return the name of one hearing; fingerprints make it another one when a model changes."""
    return hashlib.sha256("\0".join((text, voice, line, recogniser)).encode()).hexdigest()[:24]


class HearingStore:
    """The hearings of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / HEARD_FILE

    @classmethod
    def of(cls, paths: Paths) -> HearingStore:
        """Return that of this box."""
        return cls(paths.var / FOLDER)

    def all(self) -> tuple[Hearing, ...]:
        """Return every hearing, oldest first; a line cut by a power failure is left out."""
        if not self._file.is_file():
            return ()
        decoder = msgspec.json.Decoder(Hearing)
        found: dict[str, Hearing] = {}
        for line in self._file.read_bytes().splitlines():
            try:
                hearing = decoder.decode(line)
            except msgspec.MsgspecError:
                continue
            found[hearing.key] = hearing
        return tuple(found.values())

    def add(self, hearings: Iterable[Hearing]) -> None:
        """Append some hearings, on disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            if file.tell() and not self._ends_whole():
                file.write(b"\n")
            for hearing in hearings:
                file.write(msgspec.json.encode(hearing) + b"\n")

    def choice(self) -> Choice | None:
        """Return what was decided last, None before any decision."""
        try:
            return msgspec.json.decode((self._folder / CHOICE_FILE).read_bytes(), type=Choice)
        except (OSError, msgspec.MsgspecError):
            return None

    def choose(self, choice: Choice) -> None:
        """Keep a decision, in one step."""
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._folder / f".{CHOICE_FILE}"
        new.write_bytes(msgspec.json.format(msgspec.json.encode(choice), indent=1))
        new.replace(self._folder / CHOICE_FILE)

    def _ends_whole(self) -> bool:
        with self._file.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"
