"""The office where the town's YAML is changed; see :class:`console.publishing.Publishing`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from callbot.paths import Paths
from callbot.publishing import links, tree
from callbot.publishing.checker import Checker, CheckFailedError
from callbot.publishing.drafts import Draft, Drafts, fingerprint
from callbot.publishing.history import changes_between, entry
from callbot.publishing.job import Job
from callbot.publishing.takeover import Takeover
from callbot.publishing.versions import Versions
from callbot.settings import Mode
from common.problem import ConfigError, Problem, why
from common.yamledit import Edit, EditError, amend
from common.yamlfile import MAX_FILE_BYTES, validate
from common.yamltree import parse
from console.ports import ActionRefusedError
from console.publishing import (
    Change,
    ConfigFile,
    FileText,
    Finding,
    Progress,
    PublishedVersion,
    Review,
    Saved,
    Serving,
)
from dialogue.intents import IntentFile

MAX_REASON = 500
MAX_EXAMPLE = 200
WATCHER = "dossier surveillé"
"""Author of what is published without a person."""


class PublishingOffice:
    """Files, drafts, publications and versions of one town. Close it at the end."""

    def __init__(
        self,
        paths: Paths,
        takeover: Takeover[Any],
        mode: Mode,
        clock: Callable[[], datetime],
    ) -> None:
        self._paths = paths.workshop
        self._drafts = Drafts(paths.drafts)
        self._versions = Versions(paths.versions)
        self._takeover = takeover
        self._mode = mode
        self._clock = clock
        self._checker = Checker(paths)
        self._writing = asyncio.Lock()
        self.job = Job(paths, self._raw_finding, self._is_settled)
        self.watched_error = ""
        """French: what keeps the watched folder from being published."""

    async def warm_up(self) -> None:
        """Read every file once and start what publishes, so that nobody waits for it."""
        await asyncio.to_thread(self._files)
        await self.job.warm_up()

    async def close(self) -> None:
        """End what runs for the pages."""
        await self.job.close()
        await self._checker.close()

    async def files(self) -> Sequence[ConfigFile]:
        """See :class:`console.publishing.Publishing`."""
        return await asyncio.to_thread(self._files)

    async def read(self, path: str) -> FileText | None:
        """See :class:`console.publishing.Publishing`."""
        if not tree.is_editable(path):
            return None
        found = await asyncio.to_thread(self._read, path)
        return found if found.fingerprint or found.author or found.live is not None else None

    async def check(self, path: str, text: str | None) -> Sequence[Finding]:
        """See :class:`console.publishing.Publishing`."""
        self._refuse(path, text)
        texts = {name: draft.text for name, draft in self._drafts.all().items()}
        before = await self._problems(texts) if path not in texts else []
        found = await self._problems({**texts, path: text})
        known = {(p.file, p.message) for p in before}
        findings = [self._finding(problem, {**texts, path: text}) for problem in found]
        own = [finding for finding in findings if finding.path == path]
        caused = [
            finding
            for finding, problem in zip(findings, found, strict=True)
            if finding.path != path
            and finding.severity == "error"
            and (problem.file, problem.message) not in known
        ]
        return [*own, *caused]

    async def save(self, path: str, text: str | None, fingerprint: str, author: str) -> Saved:
        """See :class:`console.publishing.Publishing`."""
        self._refuse(path, text)
        if text is not None:
            text = text.replace("\r\n", "\n")
        async with self._writing:
            saved = await asyncio.to_thread(self._save, path, text, fingerprint, author)
        if saved.conflict:
            return saved
        return Saved(saved.current, await self.check(path, text))

    async def discard(self, path: str, fingerprint: str) -> Saved:
        """See :class:`console.publishing.Publishing`."""
        self._refuse(path, None)
        async with self._writing:
            return await asyncio.to_thread(self._discard, path, fingerprint)

    async def add_example(self, intent: str, sentence: str, author: str) -> Saved:
        """See :class:`console.publishing.Publishing`."""
        path = f"intents/{intent}.yml"
        said = " ".join(sentence.split())
        if not said or len(said) > MAX_EXAMPLE:
            raise ActionRefusedError(f"Un exemple a entre 1 et {MAX_EXAMPLE} caractères.")
        current = await self.read(path)
        if current is None or not current.text:
            raise ActionRefusedError(f"L'intention « {intent} » n'existe pas.")
        try:
            known = validate(parse(current.text, Path(path)), Path(path), IntentFile).exemples
            if said in known:
                raise ActionRefusedError("Cette phrase est déjà un exemple de cette intention.")
            text = amend(current.text, [Edit(("exemples", len(known)), said)])
        except (ConfigError, EditError) as error:
            raise ActionRefusedError(
                "Ce fichier a des erreurs : corrigez-les avant d'ajouter un exemple."
            ) from error
        return await self.save(path, text, current.fingerprint, author)

    async def review(self, paths: Sequence[str] | None = None) -> Review:
        """See :class:`console.publishing.Publishing`."""
        drafts = {
            name: draft
            for name, draft in (await asyncio.to_thread(self._drafts.all)).items()
            if paths is None or name in paths
        }
        changes = await asyncio.to_thread(self._changes, drafts)
        texts = {name: draft.text for name, draft in drafts.items()}
        found = await self._problems(texts)
        findings = [self._finding(problem, texts) for problem in found]
        return Review(changes, findings, tree.slowest([change.effect for change in changes]))

    async def publish(self, author: str, reason: str, paths: Sequence[str] | None = None) -> None:
        """See :class:`console.publishing.Publishing`."""
        drafts = [path for path in paths or () if tree.is_editable(path)]
        wanted = [] if paths is not None and not drafts else ["--brouillons", *drafts]
        await self._start(["publier", *wanted], author, reason)

    async def rollback(self, version: str, author: str, reason: str) -> None:
        """See :class:`console.publishing.Publishing`."""
        if await asyncio.to_thread(self._versions.named, version) is None:
            raise ActionRefusedError("Cette version n'existe plus.")
        await self._start(["train", f"--rollback={version}"], author, reason)

    async def publish_watched(self) -> Progress:
        """Publish what was edited on disk unless it needs a training; return the end of it."""
        arguments = ["publier", "--sans-apprentissage"]
        await self._start(arguments, WATCHER, "fichier enregistré dans le dossier surveillé")
        while self.job.running:
            await self.job.after(self.job.progress.number)
        return self.job.progress

    def progress(self) -> Progress:
        """See :class:`console.publishing.Publishing`."""
        return self.job.progress

    async def progressed(self, number: int) -> Progress:
        """See :class:`console.publishing.Publishing`."""
        return await self.job.after(number)

    async def versions(self) -> Sequence[PublishedVersion]:
        """See :class:`console.publishing.Publishing`."""
        return await asyncio.to_thread(self._history)

    async def changes_of(self, version: str) -> Sequence[Change]:
        """See :class:`console.publishing.Publishing`."""
        return await asyncio.to_thread(changes_between, self._versions, version)

    def serving(self) -> Serving:
        """See :class:`console.publishing.Publishing`."""
        active = self._versions.active()
        return Serving(
            version=self._takeover.current,
            active=active.name if active is not None else "",
            mode="folder" if self._mode == "dossier" else "button",
            error=self._takeover.error or self.watched_error,
        )

    def watched(self, error: str) -> None:
        """The watched folder cannot be published, or can again ('')."""
        self.watched_error = error

    # Inside

    async def _start(self, arguments: Sequence[str], author: str, reason: str) -> None:
        said = " ".join(reason.split())[:MAX_REASON]
        if not said:
            raise ActionRefusedError("Dites pourquoi, en quelques mots : l'historique le garde.")
        signed = [f"--auteur={author}", f"--raison={said}", "--json"]
        await self.job.start([arguments[0], *signed, *arguments[1:]], author, said)

    def _is_settled(self, version: str) -> bool:
        return self._takeover.current == version or bool(self._takeover.error)

    def _refuse(self, path: str, text: str | None) -> None:
        if not tree.is_editable(path):
            raise ActionRefusedError("Ce fichier ne fait pas partie de la configuration.")
        if text is not None and len(text.encode()) > MAX_FILE_BYTES:
            raise ActionRefusedError("Ce texte est trop long : 1 Mo au plus.")

    async def _problems(self, texts: Mapping[str, str | None]) -> Sequence[Problem]:
        try:
            return await self._checker.check(texts)
        except CheckFailedError as error:
            raise ActionRefusedError(str(error)) from error

    def _files(self) -> Sequence[ConfigFile]:
        drafts = self._drafts.all()
        active = self._versions.active()
        live = active.manifest.files if active is not None else {}
        edited = tree.hashes(self._paths.config)
        found = []
        for name in sorted({*edited, *drafts, *live}):
            if not tree.is_editable(name):
                continue
            draft = drafts.get(name)
            now = draft.fingerprint if draft is not None else edited.get(name, "")
            text = draft.text if draft is not None else self._edited_text(name)
            state = tree.state_of(live.get(name, ""), now)
            title = tree.title(name, text or "")
            found.append(
                ConfigFile(
                    name,
                    tree.kind(name),
                    title,
                    state,
                    draft.author if draft is not None else "",
                    draft.when if draft is not None else None,
                )
            )
        return sorted(found, key=lambda file: (file.kind, file.title.casefold()))

    def _read(self, path: str) -> FileText:
        draft = self._drafts.get(path)
        text = draft.text if draft is not None else self._edited_text(path)
        active = self._versions.active()
        live = tree.text_of(active.config / path) if active is not None else None
        return FileText(
            path,
            tree.kind(path),
            tree.title(path, text or live or ""),
            text or "",
            fingerprint(text),
            live,
            draft.author if draft is not None else "",
            draft.when if draft is not None else None,
        )

    def _edited_text(self, path: str) -> str | None:
        file = links.inside(self._paths.config, path)
        return tree.text_of(file) if file is not None else None

    def _save(self, path: str, text: str | None, began_with: str, author: str) -> Saved:
        current = self._read(path)
        if current.fingerprint != began_with:
            return Saved(current, conflict=True)
        old = self._drafts.get(path)
        on_disk = tree.hash_of(self._paths.config / path)
        base = old.base if old is not None and old.base == on_disk else on_disk
        if fingerprint(text) == on_disk:
            self._drafts.remove(path)
        else:
            at = self._clock().isoformat(timespec="seconds")
            try:
                self._drafts.put(Draft(path, text, base, author, at))
            except OSError as error:
                raise ActionRefusedError(
                    f"Le brouillon n'a pas pu être enregistré : {why(error)}. Gardez votre "
                    "texte ouvert et prévenez la personne qui tient la machine."
                ) from error
        return Saved(self._read(path))

    def _discard(self, path: str, began_with: str) -> Saved:
        current = self._read(path)
        if current.fingerprint != began_with:
            return Saved(current, conflict=True)
        self._drafts.remove(path)
        return Saved(self._read(path))

    def _changes(self, drafts: Mapping[str, Draft]) -> Sequence[Change]:
        active = self._versions.active()
        live = active.manifest.files if active is not None else {}
        target = tree.hashes(self._paths.config)
        for name, draft in drafts.items():
            target[name] = draft.fingerprint
        changes = []
        for name in tree.changed(live, {n: h for n, h in target.items() if h}):
            kept = drafts.get(name)
            old = tree.text_of(active.config / name) if active is not None else None
            new = kept.text if kept is not None else self._edited_text(name)
            author = kept.author if kept is not None else ""
            when = kept.when if kept is not None else None
            changes.append(tree.compare(name, old, new, author, when))
        return changes

    def _history(self) -> Sequence[PublishedVersion]:
        active = self._versions.active()
        name = active.name if active is not None else ""
        return [entry(version, name) for version in reversed(self._versions.all())]

    def _finding(self, problem: Problem, texts: Mapping[str, str | None]) -> Finding:
        file = problem.file
        inside = file.is_relative_to(self._paths.config)
        name = file.relative_to(self._paths.config).as_posix() if inside else str(file)
        text = texts[name] if name in texts else self._edited_text(name)
        lines = (text or "").split("\n")
        return Finding(
            "error" if problem.severity == "erreur" else "warning",
            name,
            problem.line,
            problem.column,
            problem.message,
            problem.mend,
            lines[problem.line - 1][:500] if problem.line <= len(lines) else "",
        )

    def _raw_finding(self, raw: dict[str, Any]) -> Finding:
        texts = {name: draft.text for name, draft in self._drafts.all().items()}
        problem = Problem(
            Path(raw["file"]),
            int(raw["line"]),
            int(raw["column"]),
            str(raw["message"]),
            str(raw["mend"]),
            raw["severity"],
        )
        return self._finding(problem, texts)
