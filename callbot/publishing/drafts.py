"""Changes that were saved and not yet published: one file for each, next to the configuration.

The edited files themselves only change when a draft is published.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from callbot.publishing import tree


@dataclass(frozen=True)
class Draft:
    """What one file shall become."""

    path: str
    text: str | None
    """None: it shall be deleted."""
    base: str
    """SHA-256 of the edited file that the draft began with; empty without a file."""
    author: str
    at: str
    """ISO 8601, with its offset."""

    @property
    def when(self) -> datetime:
        """When it was saved."""
        return datetime.fromisoformat(self.at)

    @property
    def fingerprint(self) -> str:
        """Names the text."""
        return fingerprint(self.text)


def fingerprint(text: str | None) -> str:
    """Return what names a text; empty for no text."""
    return tree.digest(text.encode()) if text is not None else ""


class Drafts:
    """The drafts below one folder (``var/brouillons``)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> Mapping[str, Draft]:
        """Return the drafts by path; what cannot be read is left out."""
        files = sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []
        found = (_read(file) for file in files)
        return {draft.path: draft for draft in found if draft is not None}

    def get(self, path: str) -> Draft | None:
        """Return the draft of one file."""
        return _read(self._file(path))

    def put(self, draft: Draft) -> None:
        """Keep a draft, on disk before it replaces the one before.

        Raises:
            OSError: the disk does not take it; the one before is still there.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(asdict(draft), ensure_ascii=False).encode()
        write(self._file(draft.path), content, mode=0o600)

    def remove(self, path: str) -> None:
        """Give up a draft, if there is one."""
        self._file(path).unlink(missing_ok=True)

    def _file(self, path: str) -> Path:
        return self._folder / f"{tree.digest(path.encode())[:32]}.json"


def write(file: Path, content: bytes, mode: int | None = None) -> None:
    """Replace a file in one step, its content on disk first; else the old one stays.

    ``mode`` is for a new file; one that exists keeps its own.

    Raises:
        OSError: the disk does not take it.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with new.open("wb") as out:
            if mode is not None:
                new.chmod(mode)
            with contextlib.suppress(FileNotFoundError):
                new.chmod(file.stat().st_mode & 0o777)
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def _read(file: Path) -> Draft | None:
    try:
        draft = Draft(**json.loads(file.read_text("utf-8")))
        datetime.fromisoformat(draft.at)
    except (OSError, ValueError, TypeError):
        return None
    return draft if tree.is_editable(draft.path) else None
