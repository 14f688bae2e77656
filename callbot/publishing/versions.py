"""Published configurations: immutable folders, one of them active through a symbolic link.

A version holds ``config/`` (the files as they were), ``modele`` (a link to the trained model) and
``manifest.json``. It is complete before it gets its name, and active by one rename: whenever the
program or the machine stops, the version that was active stays so.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from callbot.paths import Paths
from callbot.publishing import tree
from dialogue.versions import MODEL_FILE

KEPT = 10

_ACTIVE = "active"
_MANIFEST = "manifest.json"
_CONFIG = "config"
_MODEL = "modele"
_SEEN = "vu"
_LOCK = ".verrou"


class BusyError(Exception):
    """Another publication is under way."""


@dataclass(frozen=True)
class Manifest:
    """Who published what, when and why."""

    name: str
    author: str
    reason: str
    at: str
    """ISO 8601, with its offset."""
    files: Mapping[str, str]
    """SHA-256 of each file by path."""
    model: str
    """Name of the trained model's folder."""
    model_sha256: str
    program: str
    """Version of the program, and a hash of the components that the model needs."""
    before: str = ""
    """The version that was active before it."""
    changed: tuple[str, ...] = ()
    restored: str = ""
    """The version that it brings back."""
    golden: Mapping[str, Any] = field(default_factory=dict)
    """How the golden conversations went, see :func:`callbot.golden.record`."""
    sentences: Mapping[str, bool] = field(default_factory=dict)
    """Which of the town's test sentences were understood."""


@dataclass(frozen=True)
class Published:
    """One complete version."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Date and beginning of the hash; later names sort last."""
        return self.manifest.name

    @property
    def config(self) -> Path:
        """The files as they were published."""
        return self.folder / _CONFIG

    @property
    def model(self) -> Path:
        """What Rasa serves with it."""
        return (self.folder / _MODEL).resolve() / MODEL_FILE

    @property
    def at(self) -> datetime:
        """When it was published."""
        return datetime.fromisoformat(self.manifest.at)


class Versions:
    """The versions below one folder (``var/versions``)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._link = folder / _ACTIVE
        self._candidate = folder / ".candidate"

    @property
    def active_config(self) -> Path:
        """Where the files in service are, whichever version that is."""
        return self._link / _CONFIG

    def all(self) -> tuple[Published, ...]:
        """Complete versions, oldest first."""
        folders = sorted(self._folder.glob("[0-9]*-*")) if self._folder.is_dir() else []
        found = (_read(folder) for folder in folders)
        return tuple(version for version in found if version is not None)

    def active(self) -> Published | None:
        """Return the version in service, None before the first one."""
        try:
            name = self._link.readlink().name
        except OSError:
            return None
        return self.named(name)

    def named(self, name: str) -> Published | None:
        """Return one version, None when there is none of that name."""
        if "/" in name or not name[:1].isdigit():
            return None
        return _read(self._folder / name)

    def to_go_back_to(self) -> Published | None:
        """Return the version before the active one; after going back, the one before that."""
        active = self.active()
        if active is None:
            return None
        limit = active.manifest.restored or active.name
        older = [v for v in self.all() if v.name < limit and not v.manifest.restored]
        return older[-1] if older else None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other publications out.

        Raises:
            BusyError: there is one.
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BusyError from error
            try:
                yield
            finally:
                # What was refused takes no room; a version that was made is no candidate any more.
                _delete(self._candidate)

    def candidate(self) -> Path:
        """Make an empty folder for the files of a version in the making."""
        _delete(self._candidate)
        (self._candidate / _CONFIG).mkdir(parents=True)
        return self._candidate / _CONFIG

    def add(self, candidate: Path, manifest: Manifest, model: Path) -> Published:
        """Turn a candidate into a version, on disk before it has its name; not active yet."""
        working = candidate.parent
        _share(candidate, manifest.files, self.active())
        (working / _MODEL).symlink_to(os.path.relpath(model, working))
        (working / _MANIFEST).write_text(
            json.dumps(asdict(manifest), ensure_ascii=False, indent=1), "utf-8"
        )
        _protect(working)
        folder = self._folder / manifest.name
        working.rename(folder)
        _sync(self._folder)
        return Published(folder, manifest)

    def activate(self, version: Published) -> None:
        """Make a version the active one in one step: a reader sees the old or the new one."""
        new = self._link.with_name(f".{_ACTIVE}")
        new.unlink(missing_ok=True)
        new.symlink_to(version.name)
        new.replace(self._link)
        _sync(self._folder)

    def seen(self) -> str:
        """Return the fingerprint of the edited files when somebody last decided about them."""
        try:
            return (self._folder / _SEEN).read_text("utf-8").strip()
        except OSError:
            return ""

    def see(self, fingerprint: str) -> None:
        """Remember the edited files as decided about: a start does not take them up again."""
        new = self._folder / f".{_SEEN}"
        new.write_text(fingerprint, "utf-8")
        new.replace(self._folder / _SEEN)

    def prune(self, kept: int = KEPT) -> frozenset[str]:
        """Delete all but the newest versions and the active one; return the models still needed."""
        active = self.active()
        complete = self.all()
        wanted = {version.name: version for version in complete[-kept:]}
        if active is not None:
            wanted[active.name] = active
        for folder in self._folder.iterdir():
            if folder.is_dir() and not folder.is_symlink() and folder.name not in wanted:
                _delete(folder)
        return frozenset(version.manifest.model for version in wanted.values())


def pinned(paths: Paths) -> Paths:
    """Return the folders with the version that is active now, whatever is activated later."""
    active = Versions(paths.versions).active() if paths.edited is not None else None
    return Paths(active.config, paths.var, paths.edited) if active is not None else paths


def _read(folder: Path) -> Published | None:
    try:
        raw = json.loads((folder / _MANIFEST).read_text("utf-8"))
        raw["changed"] = tuple(raw["changed"])
        manifest = Manifest(**raw)
        datetime.fromisoformat(manifest.at)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Published(folder, manifest) if (folder / _CONFIG).is_dir() else None


def _share(candidate: Path, files: Mapping[str, str], active: Published | None) -> None:
    """Keep one copy of what did not change, such as the music of the queues."""
    for name, path in tree.files(candidate).items() if active is not None else ():
        assert active is not None
        if active.manifest.files.get(name) != files.get(name):
            continue
        with contextlib.suppress(OSError):
            twin = path.with_name(f".{path.name}")
            os.link(active.config / name, twin)
            twin.replace(path)


def _protect(folder: Path) -> None:
    """Write everything to the disk, and let nobody change it by accident."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink():
            continue
        known = path.stat()
        if path.is_dir() or known.st_nlink == 1:
            _sync(path)
        path.chmod(known.st_mode & ~0o222)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _delete(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
