"""The versions that are kept, as people see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callbot.publishing import tree
from callbot.publishing.reference import accuracy
from callbot.publishing.versions import Published, Versions
from console.publishing import Change, PublishedVersion


def entry(version: Published, active: str) -> PublishedVersion:
    """Return one line of the history; ``active`` is the name of the version in service."""
    kept = version.manifest
    return PublishedVersion(
        name=version.name,
        author=kept.author,
        reason=kept.reason,
        at=version.at,
        active=version.name == active,
        hashes=dict(kept.files),
        model=kept.model,
        model_sha256=kept.model_sha256,
        changed=kept.changed,
        golden=golden_words(kept.golden),
        accuracy=accuracy(kept.sentences),
        restored=kept.restored,
    )


def golden_words(golden: Mapping[str, Any]) -> str:
    """Say in French how the golden conversations went."""
    if not golden:
        return ""
    broken = len(golden.get("broken", ()))
    said = f"{golden.get('held', 0)} sur {golden.get('played', 0)} comme prévu"
    return f"{said}, {broken} en échec" if broken else said


def changes_between(versions: Versions, name: str) -> Sequence[Change]:
    """Return what a version changed; the one before it may have been cleared away since."""
    version = versions.named(name)
    before = versions.named(version.manifest.before) if version is not None else None
    if version is None or before is None:
        return []
    return [
        tree.compare(path, tree.text_of(before.config / path), tree.text_of(version.config / path))
        for path in tree.changed(before.manifest.files, version.manifest.files)
    ]
