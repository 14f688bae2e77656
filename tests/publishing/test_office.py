"""Drafts, conflicts, comparisons and publications, as the admin pages use them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from callbot.publishing.checker import Checker, problems_of
from callbot.publishing.drafts import Drafts
from callbot.publishing.job import Job
from callbot.publishing.office import PublishingOffice
from callbot.publishing.pipeline import Reporter, Wish, publish
from callbot.publishing.takeover import Takeover
from callbot.publishing.versions import Versions
from common.problem import Problem
from console.ports import ActionRefusedError
from tests.publishing.conftest import Town
from tests.publishing.test_takeover import FakeStage

POOL = "ville/lieux/piscine.yml"
LOST = "intents/objets_trouves.yml"
NEW = "ville/avis/neige.yml"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
T = TypeVar("T")


def with_office(town: Town, work: Callable[[PublishingOffice], Awaitable[T]]) -> T:
    """Do something in an office whose core serves the active version."""

    async def all_of_it() -> T:
        versions = Versions(town.paths.versions)
        current = versions.active()
        takeover = Takeover(versions, current, FakeStage(), town.paths.served_file)
        office = PublishingOffice(town.paths, takeover, "bouton", lambda: NOW)
        try:
            return await work(office)
        finally:
            await office.close()

    return asyncio.run(all_of_it())


@pytest.fixture
def no_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(_self: Checker, _texts: Mapping[str, str | None]) -> Sequence[Problem]:
        return []

    monkeypatch.setattr(Checker, "check", check)


@pytest.mark.usefixtures("no_checks")
def test_two_editors_of_one_file_both_keep_their_work(town: Town) -> None:
    async def work(office: PublishingOffice) -> None:
        began = await office.read(POOL)
        assert began is not None
        longer = began.text.replace("Sa 10:00-18:00", "Sa 10:00-20:00")
        first = await office.save(POOL, longer, began.fingerprint, "Léa")
        assert not first.conflict
        second = await office.save(POOL, began.text + "# à moi\n", began.fingerprint, "Paul")
        assert second.conflict
        assert (second.current.text, second.current.author) == (longer, "Léa")
        merged = longer + "# à moi\n"
        third = await office.save(POOL, merged, second.current.fingerprint, "Paul")
        assert (third.conflict, third.current.author) == (False, "Paul")
        assert "# à moi" not in (town.paths.config / POOL).read_text("utf-8")
        given_up = await office.discard(POOL, third.current.fingerprint)
        assert given_up.current.text == began.text

    with_office(town, work)


@pytest.mark.usefixtures("no_checks")
def test_what_would_change_is_told_with_its_effect(town: Town) -> None:
    publish(town.paths, Wish("x", "y", at_start=False), Reporter())

    async def work(office: PublishingOffice) -> None:
        assert not (await office.review()).publishable
        await office.save(NEW, "id: neige\n", "", "Léa")
        began = await office.read(LOST)
        assert began is not None
        await office.add_example("objets_trouves", "j'ai égaré ma clé rouge", "Léa")
        review = await office.review()
        assert {(c.path, c.state, c.effect) for c in review.changes} == {
            (NEW, "new", "facts"),
            (LOST, "changed", "training"),
        }
        assert review.effect == "training"
        added = [x for c in review.changes if c.path == LOST for x in c.lines if x.sign == "+"]
        assert [line.text.strip() for line in added] == ["- j'ai égaré ma clé rouge"]
        assert [c.path for c in (await office.review([NEW])).changes] == [NEW]
        states = {file.path: file.state for file in await office.files()}
        assert (states[NEW], states[LOST], states[POOL]) == ("new", "changed", "same")
        with pytest.raises(ActionRefusedError, match="déjà"):
            await office.add_example("objets_trouves", "j'ai égaré ma clé rouge", "Léa")
        with pytest.raises(ActionRefusedError, match="n'existe pas"):
            await office.add_example("rien", "bonjour", "Léa")
        await office.save(POOL, None, (await _fingerprint(office, POOL)), "Léa")
        assert {file.path: file.state for file in await office.files()}[POOL] == "deleted"

    with_office(town, work)


async def _fingerprint(office: PublishingOffice, path: str) -> str:
    found = await office.read(path)
    assert found is not None
    return found.fingerprint


@pytest.mark.parametrize(
    "path",
    [
        "../callbot.yml",
        "/etc/passwd.yml",
        "ville/../../x.yml",
        "ville//x.yml",
        "ville/avis/.x.yml",
        "ville/avis/x.sh",
        "autre/x.yml",
        "ville/avis/é\n.yml",
    ],
)
def test_only_files_of_the_configuration_can_be_written(town: Town, path: str) -> None:
    async def work(office: PublishingOffice) -> None:
        assert await office.read(path) is None
        with pytest.raises(ActionRefusedError):
            await office.save(path, "a: 1\n", "", "Léa")

    with_office(town, work)
    assert not Drafts(town.paths.drafts).all()


def test_a_sound_configuration_has_no_error_beside_texts_that_are_not_saved(town: Town) -> None:
    pool = (town.paths.config / POOL).read_text("utf-8")
    found = problems_of(town.paths, {POOL: pool.replace("9:00", "8:00")})
    assert [problem for problem in found if problem.severity == "erreur"] == []


def test_a_text_is_checked_in_place_and_nothing_is_written(town: Town) -> None:
    async def work(office: PublishingOffice) -> None:
        began = await office.read(POOL)
        assert began is not None
        wrong = began.text.replace("horaires:", "horraires:", 1)
        found = await office.check(POOL, wrong)
        first = next(f for f in found if "horraires" in f.message)
        assert first.path == POOL
        assert first.excerpt.startswith("horraires")
        assert (first.severity, first.column) == ("error", 1)
        orphans = await office.check("ville/services/sports.yml", None)
        assert any(f.path == POOL and "sports" in f.message for f in orphans)

    with_office(town, work)
    assert not town.paths.drafts.exists()


def test_a_publication_is_followed_to_its_refusal(town: Town) -> None:
    async def work(office: PublishingOffice) -> None:
        with pytest.raises(ActionRefusedError, match="pourquoi"):
            await office.publish("Léa", "  ")
        await office.warm_up()
        ahead = office.job._standby
        assert ahead is not None
        town.edit(POOL, "horaires:", "horraires:")
        await office.publish("Léa", "un essai")
        with pytest.raises(ActionRefusedError, match="en cours"):
            await office.publish("Paul", "moi aussi")
        progress = office.progress()
        while progress.outcome == "running":
            progress = await asyncio.wait_for(office.progressed(progress.number), 120)
        assert progress.outcome == "refused"
        assert (progress.author, progress.reason) == ("Léa", "un essai")
        assert any(f.path == POOL and "horraires" in f.message for f in progress.findings)
        assert ahead.returncode == 1  # it was this one that published

    with_office(town, work)


def test_a_publication_that_dies_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callbot.publishing.beside.sys.executable", "/bin/false")

    async def work(office: PublishingOffice) -> Any:
        await office.publish("Léa", "un essai")
        job: Job = office.job
        while job.running:
            await asyncio.wait_for(job.after(job.progress.number), 60)
        return job.progress

    progress = with_office(town, work)
    assert progress.outcome == "failed"
    assert "en service le reste" in progress.reasons[0]
