"""The prompt store: spoken sentences on disk, kept across restarts.

A prompt is addressed by what makes its sound: the voice's fingerprint, the pace and the speech
text. File names are digests, so the texts cannot be read from them. A file holds a mark, the
sha256 of the PCM, and the PCM; one that does not match itself is ignored and removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from common import logs

DEFAULT_MAX_BYTES: Final = 500_000_000
DEFAULT_MEMORY_BYTES: Final = 48_000_000
SUFFIX: Final = ".prompt"

_MARK: Final = b"CBPROMPT1\n"
_DIGEST_BYTES: Final = 32
_HEADER_BYTES: Final = len(_MARK) + _DIGEST_BYTES
_KEEP_AFTER_EVICTION: Final = 0.9
_TEMPORARY: Final = ".part"


def prompt_key(voice: str, pace: float, spoken: str) -> str:
    """Return the address of one prompt; ``voice`` is the voice's fingerprint."""
    return hashlib.sha256(f"{voice}\n{pace:.2f}\n{spoken}".encode()).hexdigest()


class PromptStore:
    """Least recently used prompts leave when ``max_bytes`` are passed. Safe between threads."""

    def __init__(
        self,
        folder: Path,
        max_bytes: int = DEFAULT_MAX_BYTES,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
    ) -> None:
        """Open the store, creating the folder; raises OSError when that is impossible."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._log = logs.get(part="prompts")
        self._disk: OrderedDict[str, int] = OrderedDict()
        self._disk_total = 0
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._memory_total = 0
        self._write_failed = False
        folder.mkdir(parents=True, exist_ok=True)
        self._scan()

    def __len__(self) -> int:
        """Number of prompts that can be played at once."""
        with self._lock:
            return len(self._disk.keys() | self._memory.keys())

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._memory or key in self._disk

    @property
    def disk_bytes(self) -> int:
        """Size of the store on disk."""
        with self._lock:
            return self._disk_total

    def get(self, key: str) -> bytes | None:
        """Return the PCM of a prompt, or None. A damaged file counts as absent."""
        with self._lock:
            pcm = self._memory.get(key)
            if pcm is not None:
                self._memory.move_to_end(key)
                if key in self._disk:
                    self._disk.move_to_end(key)
                return pcm
            if key not in self._disk:
                return None
            pcm = self._read(key)
            if pcm is None:
                self._forget(key)
                return None
            self._disk.move_to_end(key)
            with contextlib.suppress(OSError):
                os.utime(self._path(key))
            self._remember(key, pcm)
            return pcm

    def put(self, key: str, pcm: bytes) -> None:
        """Keep a prompt. A full or read-only disk is logged once; memory still serves it."""
        with self._lock:
            self._remember(key, pcm)
            try:
                size = self._write(key, pcm)
            except OSError as error:
                if not self._write_failed:
                    self._log.warning("prompt store is not writable", error=error.strerror)
                self._write_failed = True
                return
            self._write_failed = False
            self._disk_total += size - self._disk.get(key, 0)
            self._disk[key] = size
            self._disk.move_to_end(key)
            if self._disk_total > self._max_bytes:
                self._evict()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}{SUFFIX}"

    def _scan(self) -> None:
        found: list[tuple[float, str, int]] = []
        for path in self._folder.glob("??/*"):
            with contextlib.suppress(OSError):
                if path.name.endswith(_TEMPORARY):
                    path.unlink()
                elif path.suffix == SUFFIX:
                    status = path.stat()
                    found.append((status.st_mtime, path.stem, status.st_size))
        for _, key, size in sorted(found):
            self._disk[key] = size
            self._disk_total += size
        if self._disk_total > self._max_bytes:
            self._evict()

    def _read(self, key: str) -> bytes | None:
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        pcm = data[_HEADER_BYTES:]
        if not pcm or data[:_HEADER_BYTES] != _MARK + hashlib.sha256(pcm).digest():
            self._log.warning("damaged prompt removed", prompt=key[:12])
            return None
        return pcm

    def _write(self, key: str, pcm: bytes) -> int:
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=_TEMPORARY)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MARK + hashlib.sha256(pcm).digest())
                file.write(pcm)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        return _HEADER_BYTES + len(pcm)

    def _remember(self, key: str, pcm: bytes) -> None:
        old = self._memory.pop(key, b"")
        self._memory[key] = pcm
        self._memory_total += len(pcm) - len(old)
        while self._memory_total > self._memory_bytes and len(self._memory) > 1:
            _, dropped = self._memory.popitem(last=False)
            self._memory_total -= len(dropped)

    def _forget(self, key: str) -> None:
        self._disk_total -= self._disk.pop(key, 0)
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _evict(self) -> None:
        limit = self._max_bytes * _KEEP_AFTER_EVICTION
        while self._disk_total > limit and len(self._disk) > 1:
            self._forget(next(iter(self._disk)))
