"""The labelled sentences that ``callbot eval`` reads: JSON Lines, one sentence a line."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec

from callbot import wavfile
from dialogue.policy import Decision

TELEPHONE_RATE = 8000
"""Hz; recordings of a set are what a French line carries."""


class ManifestError(Exception):
    """The manifest is broken; the message is one French sentence with file and line."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line} : {message}")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled sentence."""

    id: str
    text: str
    intent: str
    expect: Decision
    lieu: str | None = None
    jour: str | None = None
    service: str | None = None
    style: str | None = None
    audio: str | None = None
    """Path beside the manifest, of an 8 kHz mono WAV."""
    condition: str | None = None
    """How the recording was damaged: noise, losses, ..."""


def _french(error: msgspec.MsgspecError) -> str:
    """Say in French what is wrong with one line."""
    text = str(error)
    place = text.rpartition("`$.")[2].rstrip("`") if "`$." in text else ""
    if "missing required field" in text:
        return f"il manque « {text.rsplit('`', 2)[1]} »."
    if "Invalid enum value" in text:
        wrong = text.split("'")[1] if "'" in text else ""
        known = ", ".join(sorted(get_args(Decision)))
        return f"« {place} » ne peut pas valoir « {wrong} » (valeurs possibles : {known})."
    if place:
        return f"« {place} » n'est pas du bon type."
    return "ce n'est pas un objet JSON valable."


def _checked(item: Item, folder: Path, seen: dict[str, int]) -> str:
    """Return what is wrong with an item that decoded, in French, or ''."""
    if not item.id.strip() or not item.text.strip() or not item.intent.strip():
        return "« id », « text » et « intent » ne peuvent pas être vides."
    if item.id in seen:
        return f"l'identifiant « {item.id} » est déjà pris à la ligne {seen[item.id]}."
    if item.audio is not None:
        try:
            wavfile.read(folder / item.audio, TELEPHONE_RATE)
        except wavfile.WavError as error:
            return f"{item.audio} : {error}"
    return ""


def read(path: Path) -> list[Item]:
    """Read and check a whole manifest, audio files included.

    Raises:
        ManifestError: at the first line that cannot be used.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ManifestError(path, 1, "fichier introuvable.") from error
    except UnicodeDecodeError as error:
        raise ManifestError(path, 1, "le fichier n'est pas en UTF-8.") from error
    except OSError as error:
        raise ManifestError(path, 1, f"lecture impossible ({error.strerror}).") from error
    decoder = msgspec.json.Decoder(Item)
    items: list[Item] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise ManifestError(path, number, _french(error)) from error
        wrong = _checked(item, path.parent, seen)
        if wrong:
            raise ManifestError(path, number, wrong)
        seen[item.id] = number
        items.append(item)
    if not items:
        raise ManifestError(path, 1, "le fichier ne contient aucune phrase.")
    return items
