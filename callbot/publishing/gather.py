"""Copies of a configuration: what is edited, with the drafts that shall be published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from callbot.paths import Paths
from callbot.publishing import tree
from callbot.publishing.drafts import Draft, Drafts, write


def gather(
    paths: Paths, wanted: Collection[str] | None, candidate: Path
) -> tuple[Sequence[Draft], Sequence[str]]:
    """Fill ``candidate`` with the edited files and the wanted drafts (None: all of them).

    Returns:
        The drafts, and in French why they cannot be published.

    Raises:
        OSError: the disk does not take it.
    """
    store(paths.config, candidate, durable=False)
    known = Drafts(paths.drafts).all()
    drafts = [draft for name, draft in known.items() if wanted is None or name in wanted]
    refused = [
        f"Le fichier {draft.path} a été modifié sur le disque depuis le brouillon de "
        f"{draft.author}. Ouvrez-le, reprenez votre modification et enregistrez."
        for draft in drafts
        if not _fits(paths.config, draft)
    ]
    refused += [
        f"« {name} » n'est ni un brouillon ni un fichier modifiable. Donnez son chemin sous "
        f"{paths.config.name}/, comme ville/lieux/mairie.yml."
        for name in wanted or ()
        if name not in known and not (tree.is_editable(name) and (paths.config / name).is_file())
    ]
    for draft in drafts:
        file = candidate / draft.path
        if draft.text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file, draft.text.encode(), mode=0o644)
    return drafts, refused


def write_back(paths: Paths, drafts: Iterable[Draft]) -> None:
    """Let the edited files say what the drafts say, and forget the drafts.

    They are written before the version is activated: a stop in between leaves edited files that
    the next publication takes up.

    Raises:
        OSError: the disk does not take it.
    """
    kept = Drafts(paths.drafts)
    for draft in drafts:
        file = paths.config / draft.path
        if draft.text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file, draft.text.encode(), mode=0o644)
        kept.remove(draft.path)


def store(
    source: Path, target: Path, names: Iterable[str] | None = None, *, durable: bool = True
) -> None:
    """Copy files (None: all), each in one step; a name that is not in ``source`` is deleted.

    A version in the making need not be ``durable``: it is written to the disk when it is complete.

    Raises:
        OSError: the disk does not take it.
    """
    found = tree.files(source)
    for name in found if names is None else names:
        file = target / name
        if name not in found:
            file.unlink(missing_ok=True)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        mode = found[name].stat().st_mode & 0o777 | 0o200
        if durable:
            write(file, found[name].read_bytes(), mode)
        else:
            file.write_bytes(found[name].read_bytes())
            file.chmod(mode)


def _fits(config: Path, draft: Draft) -> bool:
    try:
        current = tree.digest((config / draft.path).read_bytes())
    except OSError:
        current = ""
    return current in (draft.base, draft.fingerprint)
