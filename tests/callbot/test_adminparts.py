from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from callbot.adminparts import MAX_SECONDS, admin_pages, decode
from callbot.assistant import Assistant, load_assistant
from callbot.paths import Paths
from callbot.store import Store
from common.audio import duration_s
from console.adminpages import Admin
from dialogue.ports import Heard
from tests.console.adminscene import MemoryOffice
from tests.console.scene import wav
from tests.dialogue.fakes import FakeEngine, FakeRecogniser, FakeSpeaker
from tests.paths import CONFIG


class SureEngine(FakeEngine):
    """Takes everything for a question about hours."""

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        return [("horaires_lieu", 0.9), ("adresse_lieu", 0.05)]


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return load_assistant(Paths.choose(CONFIG))


@pytest.fixture
async def admin(assistant: Assistant, tmp_path: Path) -> AsyncIterator[Admin]:
    store = await Store.open(tmp_path / "h.sqlite3")
    yield admin_pages(
        MemoryOffice.of_town(),
        lambda: assistant,
        SureEngine({}),
        FakeRecogniser(0.0),
        FakeSpeaker(),
        store,
    )
    await store.close()


async def test_a_try_is_answered_by_the_town_in_service(admin: Admin) -> None:
    assert admin.tryout is not None
    (step,) = await admin.tryout.converse([Heard("la piscine est ouverte ?", 1.0)])
    assert step.plan.decision == "answer"
    assert step.plan.sources[0].startswith("lieux/piscine")
    assert admin.named("dechetterie_acces") == "L'accès à la déchetterie"
    assert admin.named("horaires_lieu")
    assert "accueil" in admin.services()
    assert admin.zone.key == "Europe/Paris"


def test_a_recording_of_a_telephone_is_brought_to_our_rate() -> None:
    assert duration_s(decode(wav(2.0))) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"ID3", "WAV"), (wav(0.0), "vide"), (wav(MAX_SECONDS + 1), "30 secondes")],
)
def test_what_cannot_be_used_is_said(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode(content)
