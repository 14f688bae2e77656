"""The human recordings of Debian's ``asterisk-core-sounds-fr``, with what they say.

The transcripts and the recordings are two packages. They are taken from a folder, from this machine
where they are installed, or fetched with ``apt-get download`` and unpacked, never installed.
"""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("asterisk-core-sounds-fr", "asterisk-core-sounds-fr-wav")
VOICE = "June (fr_CA)"

_TRANSCRIPTS = "core-sounds-fr.txt.gz"
_SPOKEN = re.compile(r"^(?P<name>[\w/-]+):\s*(?P<text>[^\[(].*\w.*)$")
_LETTER = re.compile(r"(?:^|/)(?:letters|phonetic)/")
"""Single letters are no words."""


def folder(chosen: Path | None, downloads: Path) -> Path:
    """Return a folder that holds both packages' files.

    Raises:
        FileNotFoundError: there is none, and none can be fetched.
    """
    for candidate in (chosen, Path("/usr/share"), downloads):
        if candidate is not None and _transcripts(candidate) and _sounds(candidate):
            return candidate
    return _fetched(downloads)


def recordings(root: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield name, words and file of each recording in which somebody speaks."""
    transcripts, sounds = _transcripts(root), _sounds(root)
    if transcripts is None or sounds is None:
        raise FileNotFoundError(f"no recordings with transcripts under {root}")
    with gzip.open(transcripts, "rt", encoding="utf-8") as lines:
        for line in lines:
            match = _SPOKEN.match(line.strip())
            if match is None or _LETTER.search(match["name"]):
                continue
            path = sounds / f"{match['name']}.wav"
            if path.is_file():
                yield match["name"], match["text"], path


def _transcripts(root: Path) -> Path | None:
    return next(iter(sorted(root.glob(f"**/{_TRANSCRIPTS}"))), None)


def _sounds(root: Path) -> Path | None:
    found = next(iter(sorted(root.glob("**/fr_CA_f_June/activated.wav"))), None)
    return found.parent if found is not None else None


def _fetched(downloads: Path) -> Path:
    downloads.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=downloads, check=True)
        for package in sorted(downloads.glob("asterisk-core-sounds-fr*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, downloads], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise FileNotFoundError(f"{' and '.join(PACKAGES)} cannot be fetched") from error
    return downloads
