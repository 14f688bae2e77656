"""Trained models on disk: immutable folders, one of them active through a symbolic link."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEPT = 10
MODEL_FILE = "model.tar.gz"
MANIFEST_FILE = "manifest.json"

_VERSIONS = "versions"
_ACTIVE = "active"


@dataclass(frozen=True)
class Version:
    """One trained model and what it was made from."""

    folder: Path
    fingerprint: str
    """Hash of all that the model was trained from."""
    inputs: Mapping[str, str] = field(default_factory=dict, compare=False)
    """SHA-256 of each file that it was trained from."""
    model_sha256: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """Date of the training and beginning of the fingerprint; later names sort last."""
        return self.folder.name

    @property
    def model(self) -> Path:
        """What ``rasa run`` serves."""
        return self.folder / MODEL_FILE


class VersionStore:
    """The versions below one folder (``var/rasa``)."""

    def __init__(self, rasa_folder: Path) -> None:
        self._folder = rasa_folder / _VERSIONS
        self._link = rasa_folder / _ACTIVE

    @property
    def active_model(self) -> Path:
        """Where the active model is, whichever that is."""
        return self._link / MODEL_FILE

    def all(self) -> tuple[Version, ...]:
        """Complete versions, oldest first."""
        folders = sorted(self._folder.glob("[0-9]*-*")) if self._folder.is_dir() else []
        found = (_read(folder) for folder in folders)
        return tuple(version for version in found if version is not None)

    def active(self) -> Version | None:
        """Return the version that the callbot uses, None before the first training."""
        if not self._link.is_symlink():
            return None
        return _read(self._link.resolve())

    def with_fingerprint(self, fingerprint: str) -> Version | None:
        """Return the version trained from the same inputs: the active one, else the newest."""
        active = self.active()
        candidates = (*self.all(), *((active,) if active else ()))
        same = [version for version in candidates if version.fingerprint == fingerprint]
        return same[-1] if same else None

    def before_active(self) -> Version | None:
        """Return the newest version older than the active one."""
        active = self.active()
        older = [v for v in self.all() if active is None or v.name < active.name]
        return older[-1] if older else None

    def working_folder(self, name: str) -> Path:
        """Make an empty folder for a version in the making; :meth:`add` completes it."""
        folder = self._folder / f".{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def add(self, working_folder: Path, manifest: Mapping[str, Any]) -> Version:
        """Turn a working folder that holds a model into a version; it is not active yet."""
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (working_folder / MANIFEST_FILE).write_text(text, "utf-8")
        folder = working_folder.with_name(working_folder.name.lstrip("."))
        working_folder.rename(folder)
        version = _read(folder)
        return version if version is not None else Version(folder, str(manifest["fingerprint"]))

    def named(self, name: str) -> Version | None:
        """Return the version of this name, None when there is none."""
        return next((version for version in self.all() if version.name == name), None)

    def note(self, version: Version, **notes: Any) -> None:
        """Add to what the manifest of a version says, in one step."""
        file = version.folder / MANIFEST_FILE
        content = {**json.loads(file.read_text("utf-8")), **notes}
        new = file.with_name(f".{MANIFEST_FILE}")
        new.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
        new.replace(file)

    def activate(self, version: Version) -> None:
        """Make a version the active one in one step: a reader sees the old or the new one."""
        new = self._link.with_name(f".{_ACTIVE}-{os.getpid()}")
        new.unlink(missing_ok=True)
        new.symlink_to(Path(_VERSIONS) / version.name)
        new.replace(self._link)

    def remove(self, version: Version) -> None:
        """Delete a version that is not active."""
        shutil.rmtree(version.folder, ignore_errors=True)

    def prune(self, kept: int = KEPT, needed: Collection[str] = ()) -> None:
        """Delete all but the ``kept`` newest versions, the active one and those ``needed``, and
        broken remains."""
        active = self.active()
        complete = self.all()
        wanted = {version.name for version in complete[-kept:]} | set(needed)
        if active:
            wanted.add(active.name)
        for folder in self._folder.iterdir():
            if folder.name not in wanted:
                shutil.rmtree(folder, ignore_errors=True)


def _read(folder: Path) -> Version | None:
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text("utf-8"))
        version = Version(
            folder,
            str(manifest["fingerprint"]),
            dict(manifest.get("inputs", {})),
            str(manifest.get("model_sha256", "")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return version if version.model.is_file() else None
