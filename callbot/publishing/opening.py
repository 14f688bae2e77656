"""What a start serves: the active version, or what was edited since, if it is good."""

from __future__ import annotations

from collections.abc import Callable

from callbot.checks import Report, check_all
from callbot.paths import Paths
from callbot.publishing import tree
from callbot.publishing.pipeline import RefusedError, Reporter, Wish, needs_training, publish
from callbot.publishing.versions import Versions
from callbot.settings import Settings
from common.problem import Problem
from dialogue.versions import VersionStore

AUTHOR = "démarrage"


class UnfitError(Exception):
    """There is nothing that can be served."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__()
        self.problems = problems


def opening(paths: Paths, report: Report, say: Callable[[str], None]) -> tuple[Settings, Paths]:
    """Return the settings and folders to serve with; ``report`` is on the edited files.

    Where nothing was published yet, or files were edited since somebody last decided about them,
    they are published first; a mistake or a refusal leaves the version that was active.

    Raises:
        UnfitError: neither the edited files nor the active version can be served.
        OSError: var cannot be written.
    """
    versions = Versions(paths.versions)
    active = versions.active()
    edited = tree.hashes(paths.config)
    fresh = versions.seen() != tree.fingerprint(edited)
    served = Paths(versions.active_config, paths.var, paths.config)
    good = None
    if active is not None:
        _use_its_model(paths, active.manifest.model)
        same = not report.errors and tree.hashes(active.config) == edited
        found = report if same else check_all(Paths(active.config, paths.var))
        good = found.settings if not found.errors else None
    if report.errors:
        if good is None:
            raise UnfitError(report.errors)
        say(f"Le callbot garde la version {versions_name(versions)} : corrigez ces erreurs.")
        return good, served
    if good is None or fresh:
        good = _publish(paths, report, say, first=good is None) or good
    if good is None:
        raise UnfitError(())
    return good, served


def versions_name(versions: Versions) -> str:
    """Return the name of the active version, '' without one."""
    active = versions.active()
    return active.name if active is not None else ""


def _publish(
    paths: Paths, report: Report, say: Callable[[str], None], *, first: bool
) -> Settings | None:
    """Publish the edited files; None when they are refused."""
    if not first and needs_training(paths):
        say(
            "Les intentions ont changé depuis la dernière publication : lancez « callbot train » "
            "pour les mettre en service."
        )
        return None
    try:
        reason = "première mise en service" if first else "fichiers modifiés"
        publish(paths, Wish(AUTHOR, reason, at_start=first), Reporter(line=say))
    except RefusedError as error:
        for reason in error.reasons:
            say(reason)
        say("Les modifications ne sont pas en service.")
        return None
    return report.settings


def _use_its_model(paths: Paths, name: str) -> None:
    """Mend what a stop between the two renames of an activation left."""
    models = VersionStore(paths.rasa)
    active, wanted = models.active(), models.named(name)
    if wanted is not None and (active is None or active.name != name):
        models.activate(wanted)
