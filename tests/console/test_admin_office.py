"""The admin pages over the real office and the whole demo town."""

from __future__ import annotations

import html
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from callbot.paths import Paths
from callbot.publishing.office import PublishingOffice
from callbot.publishing.stage import Content
from callbot.publishing.takeover import Takeover
from callbot.publishing.versions import Published, Versions
from tests.console.adminscene import AdminScene
from tests.console.htmlform import fields_of, filled
from tests.paths import CONFIG

OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
TOWN_HALL = "ville/lieux/mairie.yml"


class NoStage:
    """A core that takes nothing over."""

    quiet = True

    async def load(self, version: Published) -> Content:
        raise AssertionError(version)

    async def rehearse(self, content: Content) -> None:
        raise AssertionError(content)

    async def load_model(self, model: Path) -> None:
        raise AssertionError(model)

    def adopt(self, content: Content) -> None:
        raise AssertionError(content)


@dataclass
class Desk:
    session: ClientSession
    url: str

    async def get(self, path: str) -> str:
        async with self.session.get(self.url + path, headers=OURS) as answer:
            assert answer.status == 200, await answer.text()
            return html.unescape(await answer.text())

    async def post(self, path: str, fields: object, status: int = 200) -> str:
        async with self.session.post(self.url + path, data=fields, headers=OURS) as answer:
            assert answer.status == status, await answer.text()
            return html.unescape(await answer.text())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    shutil.copytree(CONFIG, tmp_path / "config")
    paths = Paths.choose(tmp_path / "config", tmp_path / "var")
    takeover = Takeover(Versions(paths.versions), None, NoStage(), paths.served_file)
    office = PublishingOffice(paths, takeover, "bouton", lambda: datetime.now(UTC))
    scene = await AdminScene.open(tmp_path)
    assert isinstance(scene, AdminScene)
    scene.prepare()
    scene.office = office  # type: ignore[assignment]
    server = TestServer(scene.app())
    await server.start_server()
    async with ClientSession() as session:
        yield Desk(session, f"http://127.0.0.1:{server.port}")
    await server.close()
    await office.close()
    await scene.store.close()


async def test_a_broken_file_says_where_and_two_editors_lose_nothing(desk: Desk) -> None:
    fields = fields_of(await desk.get(f"/admin/fichier/{TOWN_HALL}"), "/admin/fichier/")
    broken = filled(fields, texte=fields["texte"].replace("service: accueil", "service: acueil"))
    page = await desk.post(f"/admin/verifier/{TOWN_HALL}", broken)
    line = fields["texte"].split("\n").index("service: accueil") + 1
    assert f"ligne {line}, colonne" in page
    assert "Vouliez-vous « accueil » ?" in page
    page = await desk.post(f"/admin/fichier/{TOWN_HALL}", broken)
    assert "Brouillon enregistré" in page
    assert "Vouliez-vous « accueil » ?" in page

    # The first check of an office reads the whole town: the next editors find it done.
    await desk.post(f"/admin/fichier/{TOWN_HALL}", _giving_up(page))
    await _two_editors_of_one_form(desk)


def _giving_up(page: str) -> dict[str, str]:
    return {"empreinte": fields_of(page, "/admin/fichier/")["empreinte"], "geste": "abandonner"}


async def _two_editors_of_one_form(desk: Desk) -> None:
    address = f"/admin/formulaire/{TOWN_HALL}"
    fields = fields_of(await desk.get(address), address)
    page = await desk.post(address, filled(fields, f_horaires_5_1="13:00"))
    assert "Brouillon enregistré" in page
    assert "Sa 09:00-13:00" in await desk.get(f"/admin/fichier/{TOWN_HALL}")
    page = await desk.post(address, filled(fields, f_horaires_5_1="14:00"), 409)
    assert "Sa 09:00-13:00" in page
    assert "Sa 09:00-14:00" in page


async def test_every_form_of_the_town_comes_back_as_it_is(desk: Desk) -> None:
    listed = await desk.get("/admin/contenu")
    paths = [part.partition('"')[0] for part in listed.split('href="/admin/formulaire/')[1:]]
    assert len(set(paths)) > 90
    for path in sorted(set(paths))[::4]:
        if "/reponses/" in path:
            continue
        address = f"/admin/formulaire/{path}"
        fields = fields_of(await desk.get(address), address)
        assert "Rien n’a changé" in await desk.post(address, fields), path
