"""Trains Rasa on the town's intents and switches to the new model only when it is complete."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dialogue.apprentice import LEARN_S, Apprentice, ApprenticeError
from dialogue.compiling import compile_project
from dialogue.intents import Intents
from dialogue.versions import MODEL_FILE, Version, VersionStore

__all__ = [
    "TrainingError",
    "Version",
    "active_model",
    "compile_project",
    "learn",
    "learnt_from",
    "outdated",
    "rollback",
    "train",
]

_STEPS = {
    "import": "Démarrage de Rasa…",
    "validate": "Vérification des exemples et des règles…",
    "train": "Apprentissage…",
}

_FRENCH = (
    ("No module named", "L'environnement de Rasa est incomplet : relancez « make run »."),
    ("MemoryError", "La mémoire de la machine ne suffit pas à l'apprentissage."),
    ("No space left", "Le disque est plein."),
    ("Contradicting rules", "Des règles de la conversation se contredisent."),
    ("InvalidRule", "Une règle de la conversation n'est pas valable."),
    ("YamlException", "Un fichier compilé n'est pas lisible par Rasa."),
)


class TrainingError(Exception):
    """The model could not be trained or found; the message is one French sentence."""


@dataclass(frozen=True)
class _Job:
    intents: Intents
    store: VersionStore
    folder: Path
    project: Path
    rasa: Apprentice
    say: Callable[[str], None]


def active_model(rasa_folder: Path) -> Path:
    """Return the path that ``rasa run`` is given; a file once something has been trained."""
    return VersionStore(rasa_folder).active_model


def train(
    intents: Intents,
    rasa_folder: Path,
    project: Path,
    python: Path,
    say: Callable[[str], None],
    accept: Callable[[Version], Mapping[str, Any] | None] | None = None,
) -> Version:
    """Train on ``intents`` and activate the result; the same inputs are not trained twice.

    ``python`` is the interpreter of Rasa's own environment (``var/rasa/venv/bin/python``), ``say``
    gets one French line for each step. ``accept`` may refuse a newly trained version
    before it is activated by raising; the version is then deleted and the error passed on. What
    it returns is added to the version's manifest.

    Raises:
        TrainingError: Rasa fails, is missing, or another training is under way.
    """
    rasa_folder.mkdir(parents=True, exist_ok=True)
    with _alone(rasa_folder), Apprentice(rasa_folder, project, python) as rasa:
        job = _Job(intents, VersionStore(rasa_folder), rasa_folder, project, rasa, say)
        version, new = _learnt(job)
        if new and accept is not None:
            try:
                job.store.note(version, **(accept(version) or {}))
            except BaseException:
                job.store.remove(version)
                raise
        job.store.activate(version)
        job.store.prune()
        say(f"La version {version.name} est active.")
        return version


def learn(
    intents: Intents,
    rasa_folder: Path,
    project: Path,
    rasa: Apprentice,
    say: Callable[[str], None],
) -> tuple[Version, bool]:
    """Return the version trained on ``intents``, and whether it is new; activate nothing.

    ``rasa`` learns when it is new.

    Raises:
        TrainingError: Rasa fails, is missing, or another training is under way.
    """
    rasa_folder.mkdir(parents=True, exist_ok=True)
    with _alone(rasa_folder):
        return _learnt(_Job(intents, VersionStore(rasa_folder), rasa_folder, project, rasa, say))


def learnt_from(intents: Intents, version: Version, project: Path) -> bool:
    """Tell whether a version was trained on exactly these intents."""
    with tempfile.TemporaryDirectory(prefix="callbot-compile-") as scratch:
        compile_project(intents, Path(scratch), project)
        return _fingerprint(_inputs(Path(scratch), project)) == version.fingerprint


def outdated(version: Version, project: Path) -> bool:
    """Tell whether a version was trained with other components than the program's: Rasa may then
    fail to load it, and says little about it."""
    known = {
        name: value
        for name, value in version.inputs.items()
        if name.startswith("components/") or name == "uv.lock"
    }
    return bool(known) and known != _sources(project, ("components/*.py", "uv.lock"))


def _learnt(job: _Job) -> tuple[Version, bool]:
    compiled = job.folder / "compile"
    compile_project(job.intents, compiled, job.project)
    inputs = _inputs(compiled, job.project)
    fingerprint = _fingerprint(inputs)
    version = job.store.with_fingerprint(fingerprint)
    if version is not None:
        job.say(f"Rien n'a changé : la version {version.name} reste valable.")
        return version, False
    return _build(job, compiled, inputs, fingerprint), True


def rollback(rasa_folder: Path, version: str | None = None) -> Version:
    """Activate an earlier version: the named one, or the one before the active one.

    Raises:
        TrainingError: there is no such version.
    """
    store = VersionStore(rasa_folder)
    if version is None:
        target = store.before_active()
        if target is None:
            raise TrainingError("Il n'existe pas de version plus ancienne que l'actuelle.")
    else:
        named = [v for v in store.all() if v.name == version]
        if not named:
            known = ", ".join(v.name for v in store.all()) or "aucune"
            raise TrainingError(f"La version « {version} » n'existe pas. Versions : {known}.")
        target = named[0]
    store.activate(target)
    return target


def _build(job: _Job, compiled: Path, inputs: Mapping[str, str], fingerprint: str) -> Version:
    examples = sum(len(job.intents.examples(name)) for name in job.intents.names)
    job.say(f"{len(job.intents.names)} intentions, {examples} exemples.")
    started = datetime.now(UTC)
    name = f"{started:%Y%m%d-%H%M%S}-{fingerprint[:8]}"
    working = job.store.working_folder(name)
    _run_rasa(job, compiled, working)
    model = working / MODEL_FILE
    manifest = {
        "fingerprint": fingerprint,
        "created": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
        "intents": len(job.intents.names),
        "examples": examples,
        "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "inputs": dict(inputs),
    }
    return job.store.add(working, manifest)


def _run_rasa(job: _Job, compiled: Path, output: Path) -> None:
    """Validate and train in Rasa's interpreter."""

    def step(name: str) -> None:
        if said := _STEPS.get(name):
            job.say(said)

    try:
        job.rasa.learn(compiled, output, step)
    except ApprenticeError as error:
        raise TrainingError(_reason(error, job.rasa.log)) from error
    if not (output / MODEL_FILE).is_file():
        raise TrainingError(_reason(ApprenticeError(), job.rasa.log))


def _reason(error: ApprenticeError, log: Path) -> str:
    if error.missing:
        return "L'environnement de Rasa n'est pas installé : lancez « make run »."
    if error.late:
        return f"L'apprentissage a dépassé {LEARN_S / 60:.0f} minutes."
    return f"{_in_french(error.failure)} Détails : {log}"


def _in_french(failure: str) -> str:
    for mark, sentence in _FRENCH:
        if mark in failure:
            return sentence
    reason = " ".join(failure.split())[:200]
    return f"Rasa a refusé l'apprentissage : {reason}." if reason else "Rasa s'est arrêté."


def _inputs(compiled: Path, project: Path) -> dict[str, str]:
    """Hash everything that decides what the model becomes."""
    written = compiled.rglob("*.yml")
    return {
        **{f"compile/{path.relative_to(compiled)}": _hash(path) for path in written},
        **_sources(project, ("components/*.py", "tools/train.py", "uv.lock")),
    }


def _sources(project: Path, patterns: Iterable[str]) -> dict[str, str]:
    found = (path for pattern in patterns for path in project.glob(pattern))
    return {str(path.relative_to(project)): _hash(path) for path in found}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fingerprint(inputs: Mapping[str, str]) -> str:
    lines = (f"{name} {value}" for name, value in sorted(inputs.items()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "apprentissage.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TrainingError("Un autre apprentissage est en cours.") from error
        yield
