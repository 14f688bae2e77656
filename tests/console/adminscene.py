"""The admin pages over an office in memory: the seam between the pages and publishing."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from callbot.unanswered import UnansweredQuestions
from common.problem import ConfigError
from common.yamledit import Edit, amend
from common.yamltree import parse
from console.access import OPEN, Access
from console.admincontent import compared
from console.adminpages import Admin
from console.api import Sources, create_app
from console.metrics import Metrics
from console.ports import ActionRefusedError, Health
from console.publishing import (
    Change,
    ConfigFile,
    Effect,
    FileKind,
    FileText,
    Finding,
    Progress,
    PublishedVersion,
    Review,
    Saved,
    Serving,
)
from console.reception import Reception
from console.tryout import Bot, Tryout
from dialogue.manager import DialogueManager
from dialogue.ports import Engine, Errands
from tests.console.scene import SERVICES, Scene
from tests.console.test_admin_unanswered import TopicEncoder
from tests.console.tries import settings
from tests.dialogue.fakes import (
    NOW,
    FakeEngine,
    FakeFacts,
    FakeIntents,
    FakeRecogniser,
    FakeSpeaker,
    phrases,
)
from tests.paths import CONFIG

FILES = (
    "ville/lieux/mairie.yml",
    "ville/lieux/piscine.yml",
    "ville/lieux/dechetterie.yml",
    "ville/services/accueil.yml",
    "ville/services/services_techniques.yml",
    "ville/avis/reveillon.yml",
    "ville/reponses/animaux.yml",
    "intents/animaux.yml",
    "intents/horaires_lieu.yml",
    "phrases.yml",
)
_KINDS: dict[str, FileKind] = {
    "lieux": "place",
    "services": "service",
    "avis": "notice",
    "reponses": "answers",
    "intents": "intent",
}


def _kind(path: str) -> FileKind:
    folder = path.rpartition("/")[0].rpartition("/")[2]
    return _KINDS.get(folder, "phrases" if path == "phrases.yml" else "other")


def _digest(text: str | None) -> str:
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Draft:
    text: str | None
    author: str
    at: datetime


@dataclass
class MemoryOffice:
    """Keeps drafts and versions in memory; a change of YAML that does not parse is an error."""

    live: dict[str, str]
    drafts: dict[str, Draft] = field(default_factory=dict)
    history: list[PublishedVersion] = field(default_factory=list)
    refusal: str = ""
    """Why the next publication is refused, by its checks."""
    slow: asyncio.Event | None = None
    """What a review waits for."""
    reviewed: int = 0
    state: Progress = field(default_factory=lambda: Progress(0, "idle"))
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @classmethod
    def of_town(cls) -> MemoryOffice:
        return cls({path: (CONFIG / path).read_text("utf-8") for path in FILES})

    async def files(self) -> Sequence[ConfigFile]:
        return [self._file(path) for path in sorted({*self.live, *self.drafts})]

    async def read(self, path: str) -> FileText | None:
        if path not in self.live and path not in self.drafts:
            return None
        draft, live = self.drafts.get(path), self.live.get(path)
        text = live if draft is None else draft.text
        file = self._file(path)
        return FileText(
            path, file.kind, file.title, text or "", _digest(text), live, file.author, file.at
        )

    async def check(self, path: str, text: str | None) -> Sequence[Finding]:
        try:
            parse(text or "", Path(path))
        except ConfigError as error:
            lines = (text or "").split("\n")
            return [
                Finding("error", path, p.line, p.column, p.message, p.mend, lines[p.line - 1])
                for p in error.problems
            ]
        return []

    async def save(self, path: str, text: str | None, fingerprint: str, author: str) -> Saved:
        if not path.endswith(".yml") or ".." in path:
            raise ActionRefusedError("Ce fichier ne fait pas partie de la configuration.")
        now = await self.read(path)
        if (now.fingerprint if now else "") != fingerprint:
            assert now is not None
            return Saved(now, conflict=True)
        self.drafts[path] = Draft(text, author, datetime.now(UTC))
        if text == self.live.get(path):
            del self.drafts[path]
        return Saved(await self._now(path), await self.check(path, text) if text else ())

    async def discard(self, path: str, fingerprint: str) -> Saved:
        now = await self._now(path)
        if now.fingerprint != fingerprint:
            return Saved(now, conflict=True)
        self.drafts.pop(path, None)
        live = self.live.get(path)
        kept = FileText(path, now.kind, now.title, live or "", _digest(live), live)
        return Saved(kept)

    async def add_example(self, intent: str, sentence: str, author: str) -> Saved:
        now = await self.read(f"intents/{intent}.yml")
        if now is None:
            raise ActionRefusedError("Cette intention n’existe pas.")
        known = parse(now.text, Path(now.path))["exemples"]
        text = amend(now.text, [Edit(("exemples", len(known)), sentence)])
        return await self.save(now.path, text, now.fingerprint, author)

    async def review(self, paths: Sequence[str] | None = None) -> Review:
        self.reviewed += 1
        if self.slow is not None:
            await self.slow.wait()
        changes, findings = list[Change](), list[Finding]()
        for path, draft in self.drafts.items():
            file, live = self._file(path), self.live.get(path, "")
            effect: Effect = "training" if file.kind == "intent" else "facts"
            lines = compared(live, draft.text or "")
            changes.append(
                Change(
                    path, file.kind, file.title, file.state, effect, lines, draft.author, draft.at
                )
            )
            findings += await self.check(path, draft.text) if draft.text is not None else []
        return Review(changes, findings, changes[0].effect if changes else "none")

    async def publish(self, author: str, reason: str, paths: Sequence[str] | None = None) -> None:
        if not (await self.review()).publishable:
            raise ActionRefusedError("Il reste des erreurs, ou rien n’a changé.")
        await self.tell(outcome="running", step="Vérification", author=author, reason=reason)
        if self.refusal:
            await self.tell(outcome="refused", reasons=(self.refusal,))
            return
        done = [path for path in self.drafts if paths is None or path in paths]
        for path in done:
            text = self.drafts.pop(path).text
            if text is None:
                self.live.pop(path)
            else:
                self.live[path] = text
        self._add(author, reason, done)
        await self.tell(outcome="done", version=self.history[0].name)

    async def rollback(self, version: str, author: str, reason: str) -> None:
        self._add(author, reason, [], restored=version)
        await self.tell(outcome="done", version=self.history[0].name, author=author)

    async def tell(self, **changes: Any) -> None:
        """Say how far the publication is."""
        async with self._changed:
            number = self.state.number + 1
            self.state = replace(self.state, number=number, **changes)
            self._changed.notify_all()

    def progress(self) -> Progress:
        return self.state

    async def progressed(self, number: int) -> Progress:
        async with self._changed:
            await self._changed.wait_for(lambda: self.state.number > number)
            return self.state

    async def versions(self) -> Sequence[PublishedVersion]:
        return self.history

    async def changes_of(self, version: str) -> Sequence[Change]:
        found = next((one for one in self.history if one.name == version), None)
        lines = compared("a\n", "b\n")
        return [
            Change(path, _kind(path), path, "changed", "facts", lines)
            for path in (found.changed if found else ())
        ]

    def serving(self) -> Serving:
        name = self.history[0].name if self.history else ""
        return Serving(name, name, "button")

    def _add(self, author: str, reason: str, changed: Sequence[str], restored: str = "") -> None:
        self.history = [replace(version, active=False) for version in self.history]
        name = f"v{len(self.history) + 1}"
        version = PublishedVersion(
            name, author, reason, datetime.now(UTC), True, {}, "m1", "0" * 64, changed,
            "12 conversations sur 12", 0.87, restored,
        )  # fmt: skip
        self.history.insert(0, version)

    async def _now(self, path: str) -> FileText:
        now = await self.read(path)
        assert now is not None
        return now

    def _file(self, path: str) -> ConfigFile:
        draft = self.drafts.get(path)
        title = path.rpartition("/")[2].removesuffix(".yml").replace("_", " ").capitalize()
        if draft is None:
            return ConfigFile(path, _kind(path), title)
        state = "deleted" if draft.text is None else "changed" if path in self.live else "new"
        return ConfigFile(path, _kind(path), title, state, draft.author, draft.at)  # type: ignore[arg-type]


RANKINGS: dict[str, list[tuple[str, float]]] = {
    "la piscine": [("horaires_lieu", 0.91), ("reclamation", 0.05)],
    "pour ma carte": [("carte_identite_passeport", 0.4), ("acte_etat_civil", 0.2)],
    "oui": [("affirmer", 0.95), ("refuser", 0.02)],
    "au revoir": [("au_revoir", 0.97)],
}


class AdminScene(Scene):
    """The whole console with the admin pages."""

    def prepare(self) -> None:
        self.office = MemoryOffice.of_town()
        self.speaker, self.recogniser = FakeSpeaker(), FakeRecogniser(0.0)
        self.questions = UnansweredQuestions(self.store, TopicEncoder)

    @property
    def admin(self) -> Admin:
        return Admin(
            publishing=self.office,
            town="Valbrune",
            zone=ZoneInfo("Europe/Paris"),
            services=lambda: SERVICES,
            named=lambda name: name.replace("_", " ").capitalize(),
            tryout=Tryout(self.bot, self.recogniser, self.speaker, lambda wav: wav[4:]),
            questions=self.questions,
            heartbeat_s=0.2,
        )

    def bot(self) -> Bot:
        def manager(conversation: str, engine: Engine, errands: Errands) -> DialogueManager:
            return DialogueManager(
                conversation, engine, FakeFacts(), FakeIntents(), phrases(), settings(), errands
            )

        return Bot(
            manager, FakeEngine(RANKINGS), FakeIntents(), settings(), lambda: NOW,
            lambda name: name.replace("_", " ").capitalize(),
        )  # fmt: skip

    def app(
        self,
        names: tuple[str, ...] = (),
        heartbeat_s: float = 10.0,
        access: Access = OPEN,
    ) -> web.Application:
        sources = Sources(lambda: Health("ok"), self.store, Metrics(), dict, "1")
        reception = Reception(self.board, self.desk, self.store, SERVICES, town="Valbrune")
        return create_app(sources, "127.0.0.1", names, reception, access, self.admin)
