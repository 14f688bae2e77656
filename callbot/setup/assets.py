"""Files put together from parts, known by size and SHA-256, never seen half written."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callbot.setup.steps import SetupError

_BLOCK_BYTES = 1024 * 1024
_STAMP = ".verifie.json"
_PARTIAL = ".partiel"


@dataclass(frozen=True)
class Asset:
    """One file: its name, the parts it is joined from, and what it must be."""

    name: str
    parts: tuple[str, ...]
    size: int
    sha256: str


class ChecksumError(SetupError):
    """A file is not the one that was expected."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Le fichier « {name} » n’a pas l’empreinte SHA-256 attendue : il est abîmé.",
            "Relancez la commande : il sera téléchargé à nouveau. Si l’erreur revient, vérifiez"
            " le disque et le miroir de paquets utilisé.",
        )


def all_verified(folder: Path, assets: Sequence[Asset]) -> bool:
    """Return whether the folder holds every asset, each with its right checksum.

    A file is read once; afterwards a stamp with its size and time of change stands for it.
    """
    stamp = _read_stamp(folder)
    known = dict(stamp)
    for asset in assets:
        path = folder / asset.name
        try:
            status = path.stat()
        except OSError:
            return False
        mark: list[str | int] = [asset.sha256, status.st_size, status.st_mtime_ns]
        if known.get(asset.name) == mark:
            continue
        if status.st_size != asset.size or sha256_of(path) != asset.sha256:
            return False
        known[asset.name] = mark
    if known != stamp:
        _write_stamp(folder, known)
    return True


def assemble(
    asset: Asset, source: Path, folder: Path, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Join the parts under `source` into `folder / asset.name`, which appears only when right.

    `progress` gets the bytes joined so far. Raises ChecksumError when the whole is not what was
    expected, SetupError when a part is missing or the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / (asset.name + _PARTIAL)
    digest = hashlib.sha256()
    count = 0
    try:
        with partial.open("wb") as out:
            for part in asset.parts:
                with (source / part).open("rb") as file:
                    while block := file.read(_BLOCK_BYTES):
                        digest.update(block)
                        out.write(block)
                        count += len(block)
                        progress(count)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != asset.sha256:
            raise ChecksumError(asset.name)
        partial.replace(folder / asset.name)
    except OSError as error:
        raise SetupError(
            f"Le fichier « {asset.name} » n’a pas pu être assemblé : {error.strerror}.",
            "Vérifiez la place libre et les droits sur le dossier « var », puis relancez.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_stamp(folder: Path) -> dict[str, list[str | int]]:
    try:
        content = json.loads((folder / _STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_stamp(folder: Path, marks: dict[str, list[str | int]]) -> None:
    partial = folder / (_STAMP + _PARTIAL)
    try:
        partial.write_text(json.dumps(marks, indent=1))
        partial.replace(folder / _STAMP)
    except OSError:
        partial.unlink(missing_ok=True)
