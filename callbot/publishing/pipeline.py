"""From edited files to the active version: check, train, play, compare, activate.

Nothing that is in service changes before the last step, which is one rename; a stop of the
machine, a full disk or a refusal at any point leaves the active version in service.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from callbot import rasaprocess, state
from callbot.checks import check_all, service_names
from callbot.commands import CommandError
from callbot.golden import report
from callbot.noisyexamples.learning import hardened
from callbot.paths import Paths
from callbot.publishing import reference, tree
from callbot.publishing.comparison import regressions
from callbot.publishing.gather import gather, store, write_back
from callbot.publishing.links import check_links
from callbot.publishing.reference import Played
from callbot.publishing.stagetimes import StageTimes
from callbot.publishing.versions import BusyError, Manifest, Published, Versions
from callbot.settings import Settings
from common.problem import ConfigError, Problem, why
from common.settled import uncollected
from dialogue.apprentice import Apprentice, ApprenticeError
from dialogue.compiling import PROJECT
from dialogue.intents import load_intents
from dialogue.training import TrainingError, learn, learnt_from, outdated
from dialogue.versions import Version, VersionStore


class RefusedError(Exception):
    """Nothing was published; the reasons are French sentences."""

    def __init__(self, reasons: Sequence[str], problems: Sequence[Problem] = ()) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = tuple(reasons)
        self.problems = tuple(problems)
        """Their files are those of the edited folder."""


@dataclass(frozen=True)
class Wish:
    """What shall be published, and for whom."""

    author: str
    reason: str
    drafts: Collection[str] | None = ()
    """Paths of the drafts that are part of it; None: all of them."""
    force: bool = False
    """Activate although the comparison speaks against it."""
    facts_only: bool = False
    """Refuse when a training is needed."""
    at_start: bool = False
    """Nothing is in service yet: take the model as it is, and play nothing."""
    learn_again: bool = False
    """Learn although no example was edited: other hearings of them are to be learnt."""


@dataclass(frozen=True)
class Reporter:
    """Who is told how far the publication is, in French."""

    step: Callable[[str], None] = lambda _said: None
    line: Callable[[str], None] = lambda _said: None
    advance: Callable[[int], None] = lambda _total: None
    """After each golden conversation, of so many."""


def publish(paths: Paths, wish: Wish, to: Reporter) -> Published:
    """Publish the edited files with the drafts that are wished for.

    Raises:
        RefusedError: nothing was published.
    """
    with _refusals(paths), Versions(paths.versions).alone():
        return _Publication(paths, wish, to).run()


def roll_back(paths: Paths, name: str | None, wish: Wish, to: Reporter) -> Published:
    """Bring a version back; without a name the one before the active one.

    Edited files that were not changed since they were published go back with it, so that the next
    publication does not undo it.

    Raises:
        RefusedError: there is no such version, or it cannot be used.
    """
    with _refusals(paths), Versions(paths.versions).alone():
        return _restore(paths, name, wish, to)


def needs_training(paths: Paths) -> bool:
    """Tell whether the edited intents differ from those in service, or the model from the
    program."""
    versions, models = Versions(paths.versions), VersionStore(paths.rasa)
    active, model = versions.active(), models.active()
    if active is None or model is None or outdated(model, PROJECT):
        return True
    changed = tree.changed(active.manifest.files, tree.hashes(paths.config))
    return any(tree.effect(name) == "training" for name in changed)


@contextlib.contextmanager
def _refusals(paths: Paths) -> Iterator[None]:
    try:
        yield
    except BusyError as error:
        said = "Une autre publication est en cours. Attendez qu'elle finisse."
        raise RefusedError([said]) from error
    except ConfigError as error:
        raise RefusedError(["Des erreurs sont à corriger."], error.problems) from error
    except (TrainingError, CommandError) as error:
        raise RefusedError([str(error)]) from error
    except OSError as error:
        raise RefusedError(
            [
                f"Un fichier ne peut pas être écrit : {why(error)} "
                f"({error.filename or paths.var}). Vérifiez les droits et la place sur le disque."
            ]
        ) from error


class _Publication:
    def __init__(self, paths: Paths, wish: Wish, to: Reporter) -> None:
        self._paths = paths
        self._wish = wish
        self._to = to
        self._versions = Versions(paths.versions)
        self._models = VersionStore(paths.rasa)
        self._active = self._versions.active()
        self._times = StageTimes()

    def run(self) -> Published:
        """Raises RefusedError, ConfigError, TrainingError, CommandError or OSError."""
        python = rasaprocess.interpreter(self._paths)
        with Apprentice(self._paths.rasa, PROJECT, python) as rasa, uncollected():
            return self._run(rasa)

    def _run(self, rasa: Apprentice) -> Published:
        self._step("Vérification")
        if stray := check_links(self._paths.config):
            raise ConfigError(stray)
        candidate = self._versions.candidate()
        drafts, refused = gather(self._paths, self._wish.drafts, candidate)
        if refused:
            raise RefusedError(refused)
        known = tree.hashes(candidate)
        before = self._active.manifest.files if self._active else {}
        changed = tree.changed(before, known)
        self._tell(changed)
        model = self._kept_model(changed)
        if model is None and not self._wish.facts_only:
            with contextlib.suppress(ApprenticeError):  # told when it has to learn
                rasa.start()  # it is read while the files are checked
        settings = self._check(candidate)
        there = Paths(candidate, self._paths.var)
        scene = reference.Scene(there, self._models.active())
        new = False
        if model is None:
            model, new = self._learn(there, scene, rasa)
        if self._active and not changed and model.name == self._active.manifest.model:
            self._models.activate(model)
            self._to.line(f"Rien n'a changé : la version {self._active.name} reste en service.")
            return self._active
        try:
            played = self._play(scene, model, settings, rasa if new else None)
            self._compare(played)
            self._step("Mise en service")
            write_back(self._paths, drafts)
            manifest = self._manifest(known, changed, model, played)
            version = self._activate(candidate, manifest, model)
            self._to.line(self._times.told())
            return version
        except BaseException:
            if new and self._models.active() != model:
                self._models.remove(model)
            raise

    def _step(self, said: str) -> None:
        self._times.begin(said)
        self._to.step(said)

    def _tell(self, changed: Sequence[str]) -> None:
        if self._active is None:
            return
        for name in changed:
            self._to.line(f"Modifié : {name}")

    def _check(self, candidate: Path) -> Settings:
        found = check_all(Paths(candidate, self._paths.var))
        if found.errors or found.settings is None:
            problems = [placed(problem, candidate, self._paths.config) for problem in found.errors]
            count = len(problems)
            said = f"{count} erreur{'s' if count > 1 else ''} à corriger."
            raise RefusedError([said], problems)
        return found.settings

    def _kept_model(self, changed: Sequence[str]) -> Version | None:
        """Return the model that goes on serving, None when there is something to learn."""
        model = self._models.active()
        if model is None or self._wish.at_start:
            return model
        same = not any(tree.effect(name) == "training" for name in changed)
        named = self._active.manifest.model if self._active else ""
        fits = model.name == named and not outdated(model, PROJECT)
        return model if same and fits and not self._wish.learn_again else None

    def _learn(
        self, there: Paths, scene: reference.Scene, rasa: Apprentice
    ) -> tuple[Version, bool]:
        """Return what the intents were trained to, and whether that is new."""
        if self._wish.facts_only:
            raise RefusedError(
                [
                    "Les intentions ont changé : il faut un apprentissage. Lancez « callbot train »"
                    " ou publiez depuis la console."
                ]
            )
        self._step("Apprentissage")
        intents = hardened(load_intents(there.intents, service_names(there)), self._paths)
        with ThreadPoolExecutor(1) as beside:
            ready = beside.submit(scene.set_up)
            learnt = learn(intents, self._paths.rasa, PROJECT, rasa, self._to.line)
            ready.result()
        return learnt

    def _play(
        self, scene: reference.Scene, model: Version, settings: Settings, rasa: Apprentice | None
    ) -> Played:
        """Play on the process that has just learnt, the running callbot's, or one of its own."""
        if self._wish.at_start:
            return Played((), {})
        scene.set_up()
        self._step("Conversations de référence")
        total = len(scene.conversations)
        if not total:
            self._to.line("Aucune conversation de référence : rien n'est rejoué.")
        opening: reference.Opening
        if rasa is not None:
            opening = reference.learnt(rasa, model)
        elif self._models.active() == model:
            opening = reference.served(settings, self._paths)
        else:
            opening = reference.own(self._paths, model)
        return reference.play(scene, model, opening, lambda: self._to.advance(total))

    def _compare(self, played: Played) -> None:
        for line in report(played.results) if played.results else ():
            self._to.line(line)
        before = self._active.manifest if self._active else None
        worse = regressions(before, played)
        if played.accuracy is not None:
            self._to.line(f"Phrases d'essai comprises : {played.accuracy:.0%}.")
        if not worse:
            return
        # Without any version the telephone would stay dead: a doubtful one is better than none.
        if before is not None and not self._wish.force:
            raise RefusedError(worse)
        for line in worse:
            self._to.line(f"ATTENTION : {line}")

    def _manifest(
        self, known: Mapping[str, str], changed: Sequence[str], model: Version, played: Played
    ) -> Manifest:
        return Manifest(
            **_signed(self._versions, known, self._wish),
            files=known,
            model=model.name if self._knows(model) else "",
            model_sha256=model.model_sha256,
            program=state.version(),
            before=self._active.name if self._active else "",
            changed=tuple(changed) if self._active else (),
            golden=played.golden if played.results else {},
            sentences=played.sentences,
        )

    def _knows(self, model: Version) -> bool:
        """Tell whether the model is known to have learnt these intents."""
        if not self._wish.at_start:
            return True
        services = service_names(self._paths)
        return learnt_from(load_intents(self._paths.intents, services), model, PROJECT)

    def _activate(self, candidate: Path, manifest: Manifest, model: Version) -> Published:
        version = self._versions.add(candidate, manifest, model.folder)
        activate(self._paths, version, model)
        self._to.line(f"La version {version.name} est publiée.")
        return version


def _restore(paths: Paths, name: str | None, wish: Wish, to: Reporter) -> Published:
    versions, models = Versions(paths.versions), VersionStore(paths.rasa)
    active = versions.active()
    target = versions.named(name) if name else versions.to_go_back_to()
    if target is None:
        names = ", ".join(version.name for version in versions.all()) or "aucune"
        raise RefusedError(
            [
                f"La version « {name} » n'existe pas. Versions : {names}."
                if name
                else "Il n'existe pas de version plus ancienne que l'actuelle."
            ]
        )
    model = models.named(target.manifest.model)
    if model is None or outdated(model, PROJECT):
        said = "Le modèle de cette version ne peut plus servir : lancez « callbot train »."
        raise RefusedError([said])
    to.step("Vérification")
    candidate = versions.candidate()
    store(target.config, candidate, durable=False)
    found = check_all(Paths(candidate, paths.var))
    if found.errors:
        problems = [placed(problem, candidate, paths.config) for problem in found.errors]
        raise RefusedError(["Cette version ne convient plus au programme."], problems)
    to.step("Mise en service")
    known = tree.hashes(candidate)
    manifest = Manifest(
        **_signed(versions, known, wish),
        files=known,
        model=model.name,
        model_sha256=model.model_sha256,
        program=state.version(),
        before=active.name if active else "",
        changed=tuple(tree.changed(active.manifest.files if active else {}, known)),
        restored=target.name,
        golden=target.manifest.golden,
        sentences=target.manifest.sentences,
    )
    version = versions.add(candidate, manifest, model.folder)
    for line in _follow(paths, active, version):
        to.line(line)
    activate(paths, version, model)
    to.line(f"La version {target.name} est de nouveau en service.")
    return version


def _follow(paths: Paths, active: Published | None, version: Published) -> list[str]:
    """Bring the edited files along, but for those with changes that nobody published."""
    edited, published = tree.hashes(paths.config), active.manifest.files if active else {}
    lines = []
    for name in tree.changed(edited, version.manifest.files):
        if edited.get(name) != published.get(name):
            lines.append(f"{name} garde des modifications qui ne sont pas publiées.")
            continue
        try:
            store(version.config, paths.config, [name])
        except OSError as error:
            lines.append(f"{name} n'a pas pu être remis : {why(error)}.")
    return lines


def activate(paths: Paths, version: Published, model: Version) -> None:
    """Put a version and its model in service, and clear away what is too old."""
    versions, models = Versions(paths.versions), VersionStore(paths.rasa)
    models.activate(model)
    versions.activate(version)
    versions.see(tree.fingerprint(tree.hashes(paths.config)))
    models.prune(needed=versions.prune())


def placed(problem: Problem, candidate: Path, edited: Path) -> Problem:
    """Return a problem of a candidate with the file that people edit."""
    if not problem.file.is_relative_to(candidate):
        return problem
    file = edited / problem.file.relative_to(candidate)
    message = problem.message.replace(f"{candidate}/", "")
    return Problem(file, problem.line, problem.column, message, problem.mend, problem.severity)


def _signed(versions: Versions, known: Mapping[str, str], wish: Wish) -> dict[str, str]:
    """Return the name of a version, and who makes it when and why."""
    now = datetime.now().astimezone()
    latest = versions.all()[-1:]
    while latest and f"{now:%Y%m%d-%H%M%S}" <= latest[0].name[:15]:
        now += timedelta(seconds=1)
    return {
        "name": f"{now:%Y%m%d-%H%M%S}-{tree.fingerprint(known)[:8]}",
        "author": wish.author,
        "reason": wish.reason,
        "at": now.isoformat(timespec="seconds"),
    }
