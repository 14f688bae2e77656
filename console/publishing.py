"""What the admin pages need of whoever changes and publishes the town's YAML; ``callbot`` fills it.

Paths are relative to the folder of the configuration, with ``/``: ``ville/lieux/piscine.yml``.
Texts for people are French. Where a method may refuse it raises
:class:`console.ports.ActionRefusedError`, whose message is a French sentence for the reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

FileKind: TypeAlias = Literal[
    "intent",
    "town",
    "place",
    "service",
    "answers",
    "procedure",
    "notice",
    "calendar",
    "text",
    "phrases",
    "dialogue",
    "reception",
    "gateways",
    "conversations",
    "settings",
    "other",
]
"""Opening hours stand in the files of places and services; ``text`` is an SMS template."""

FileState: TypeAlias = Literal["same", "changed", "new", "deleted"]
"""Against the version in service."""

Effect: TypeAlias = Literal["none", "facts", "training", "restart"]
"""What it takes for a change to be heard: nothing, seconds, a training, a restart."""

Outcome: TypeAlias = Literal["idle", "running", "done", "refused", "failed"]


@dataclass(frozen=True)
class ConfigFile:
    """One file that admins may edit."""

    path: str
    kind: FileKind
    title: str
    """What it is about: the name of the place, the subject of the intent."""
    state: FileState = "same"
    author: str = ""
    """Whose draft it is; empty without a draft, also for a file that was changed on disk."""
    at: datetime | None = None


@dataclass(frozen=True)
class FileText:
    """What an editor begins with."""

    path: str
    kind: FileKind
    title: str
    text: str
    """The draft where there is one, else the file; empty when it is deleted."""
    fingerprint: str
    """Names this text; given back with what is saved. Empty for a file that does not exist."""
    live: str | None
    """The text in service, None when there is none."""
    author: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """A mistake, or a doubt, in one file."""

    severity: Literal["error", "warning"]
    path: str
    line: int
    column: int
    """Both from 1."""
    message: str
    mend: str = ""
    excerpt: str = ""
    """The line itself; a caret belongs under ``column``."""


@dataclass(frozen=True)
class Saved:
    """What became of a save."""

    current: FileText
    """What is kept now: the new text, or with ``conflict`` that of somebody else."""
    findings: Sequence[Finding] = ()
    """A draft may have mistakes; only publishing refuses them."""
    conflict: bool = False
    """Somebody else saved meanwhile: nothing was written."""


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison; a number is None where the line is not in that text."""

    sign: Literal[" ", "+", "-"]
    text: str
    old: int | None
    new: int | None


@dataclass(frozen=True)
class Change:
    """What differs between two versions in one file."""

    path: str
    kind: FileKind
    title: str
    state: FileState
    effect: Effect
    lines: Sequence[DiffLine]
    """The changed lines with some around them; a gap in the numbers is a cut."""
    author: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Review:
    """What publishing would change, and what speaks against it."""

    changes: Sequence[Change]
    findings: Sequence[Finding]
    effect: Effect

    @property
    def publishable(self) -> bool:
        """Something would change, and there is no error."""
        return bool(self.changes) and all(found.severity != "error" for found in self.findings)


@dataclass(frozen=True)
class Progress:
    """The publication under way, or the last one."""

    number: int
    """Grows with every change of what follows."""
    outcome: Outcome
    step: str = ""
    """What is being done."""
    lines: Sequence[str] = ()
    """What was done, oldest first."""
    reasons: Sequence[str] = ()
    """Why it was refused or failed."""
    findings: Sequence[Finding] = ()
    author: str = ""
    reason: str = ""
    version: str = ""
    """What was published, once done."""


@dataclass(frozen=True)
class PublishedVersion:
    """One entry of the history."""

    name: str
    author: str
    reason: str
    at: datetime
    active: bool
    hashes: dict[str, str]
    """SHA-256 of each file by path."""
    model: str
    """Name of the trained model."""
    model_sha256: str
    changed: Sequence[str] = ()
    """Paths that differ from the version that was active before it."""
    golden: str = ""
    """How the golden conversations went, in French."""
    accuracy: float | None = None
    """Share of the town's test sentences that are understood; None when there are none."""
    restored: str = ""
    """The version that it brings back."""


@dataclass(frozen=True)
class Serving:
    """What residents hear now."""

    version: str
    """Used by new calls; empty before the first publication."""
    active: str
    """What was published last; another one than ``version`` while it is being taken over."""
    mode: Literal["button", "folder"]
    error: str = ""
    """Why the folder was not taken over, or the active version cannot be served."""


class Publishing(Protocol):
    """The office where the town's YAML is changed."""

    async def files(self) -> Sequence[ConfigFile]:
        """Return every file, by kind and title, drafts included."""
        ...

    async def read(self, path: str) -> FileText | None:
        """Return what an editor begins with, None when there is neither file nor draft."""
        ...

    async def check(self, path: str, text: str | None) -> Sequence[Finding]:
        """Return what is wrong if the file read ``text`` (None: were deleted); writes nothing.

        Findings in this file come first; errors that it causes in others follow.
        """
        ...

    async def save(self, path: str, text: str | None, fingerprint: str, author: str) -> Saved:
        """Keep a draft (None: the file is to be deleted), unless somebody saved meanwhile.

        ``fingerprint`` is that of the text which the author began with; empty for a new file.
        Refuses a path that is not one of the configuration's, and too long a text.
        """
        ...

    async def discard(self, path: str, fingerprint: str) -> Saved:
        """Give up a draft; a conflict when it is no longer the one that was read."""
        ...

    async def add_example(self, intent: str, sentence: str, author: str) -> Saved:
        """Add an example to the draft of an intent, keeping its comments.

        Refuses an unknown intent and a sentence that is there already.
        """
        ...

    async def review(self, paths: Sequence[str] | None = None) -> Review:
        """Tell what publishing these drafts would change; None: all of them.

        Files that were changed on disk are always part of it.
        """
        ...

    async def publish(self, author: str, reason: str, paths: Sequence[str] | None = None) -> None:
        """Begin publishing these drafts; None: all of them. What becomes of it: ``progress``.

        Refuses without a reason, and while another publication runs.
        """
        ...

    async def rollback(self, version: str, author: str, reason: str) -> None:
        """Begin bringing a version back; drafts stay. Refuses as :meth:`publish` does."""
        ...

    def progress(self) -> Progress:
        """Return how far the publication is."""
        ...

    async def progressed(self, number: int) -> Progress:
        """Return the progress as soon as its number is greater than ``number``."""
        ...

    async def versions(self) -> Sequence[PublishedVersion]:
        """Return the versions that are kept, newest first."""
        ...

    async def changes_of(self, version: str) -> Sequence[Change]:
        """Return what a version changed against the one before it; nothing when unknown."""
        ...

    def serving(self) -> Serving:
        """Return what is served now."""
        ...
