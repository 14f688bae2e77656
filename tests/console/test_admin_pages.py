from __future__ import annotations

import asyncio
import html
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from aiohttp.test_utils import TestServer
from multidict import MultiDict

from common.yamltree import parse
from tests.console.accountscene import Browser, House
from tests.console.adminscene import AdminScene
from tests.console.htmlform import fields_of, filled
from tests.console.scene import now

OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
POOL = "ville/lieux/piscine.yml"
NEW_DAYS = ("2027-03-01", "2027-03-02")


@dataclass
class Desk:
    """The admin pages over HTTP."""

    scene: AdminScene
    session: ClientSession
    url: str

    async def get(self, path: str, status: int = 200) -> str:
        async with self.session.get(self.url + path, headers=OURS) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def post(self, path: str, fields: Mapping[str, str] | FormData, status: int = 200) -> str:
        async with self.session.post(self.url + path, data=fields, headers=OURS) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def form(self, path: str, action: str = "") -> MultiDict[str]:
        return fields_of(await self.get(path), action or path.partition("?")[0])

    def draft(self, path: str) -> dict[str, Any]:
        """Return what the draft of a file says."""
        text = self.scene.office.drafts[path].text
        assert text is not None
        tree = parse(text, Path(path))
        assert isinstance(tree, dict)
        return tree


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    scene = await AdminScene.open(tmp_path)
    assert isinstance(scene, AdminScene)
    scene.prepare()
    server = TestServer(scene.app())
    await server.start_server()
    async with ClientSession() as session:
        yield Desk(scene, session, f"http://127.0.0.1:{server.port}")
    await server.close()
    await scene.store.close()


async def test_every_file_is_listed_and_found_by_its_words(desk: Desk) -> None:
    page = await desk.get("/admin/contenu")
    for path in desk.scene.office.live:
        assert f"/admin/fichier/{path}" in page
    assert "/admin/formulaire/ville/lieux/piscine.yml" in page
    found = await desk.get("/admin/contenu?q=Piscine")
    assert "piscine.yml" in found
    assert "mairie.yml" not in found
    assert "Rien ne correspond" in await desk.get("/admin/contenu?q=zzz")


async def test_a_form_that_is_sent_back_as_it_is_changes_nothing(desk: Desk) -> None:
    for path in desk.scene.office.live:
        if path in ("phrases.yml",):
            continue
        address = f"/admin/formulaire/{path}"
        if path.startswith("ville/reponses"):
            address += "?reponse=frelons"
        fields = await desk.form(address)
        page = await desk.post(address, fields)
        assert "Rien n’a changé" in page, path
    assert desk.scene.office.drafts == {}


async def test_saturday_hours_are_changed_in_the_form_and_one_line_in_the_file(
    desk: Desk,
) -> None:
    path = "ville/lieux/mairie.yml"
    fields = await desk.form(f"/admin/formulaire/{path}")
    assert fields["f_horaires_5_0"] == "09:00"
    fields["f_horaires_5_0"], fields["f_horaires_5_1"] = "10:00", "16:00"
    page = await desk.post(f"/admin/formulaire/{path}", fields)
    assert "Brouillon enregistré" in page
    old, new = desk.scene.office.live[path], desk.scene.office.drafts[path].text or ""
    lines = [(a, b) for a, b in zip(old.split("\n"), new.split("\n"), strict=True) if a != b]
    assert lines == [
        (
            'horaires: "Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off"',
            'horaires: "Mo-Fr 08:30-12:00,13:30-17:30; Sa 10:00-16:00; PH off"',
        )
    ]


async def test_exceptional_days_are_added_and_erased(desk: Desk) -> None:
    fields = await desk.form(f"/admin/formulaire/{POOL}")
    rows = int(fields["f_exceptions_lignes"])
    last = f"f_exceptions_{rows - 1}"
    fields[f"{last}_du"], fields[f"{last}_au"] = NEW_DAYS
    fields[f"{last}_motif"] = "travaux"
    await desk.post(f"/admin/formulaire/{POOL}", fields)
    added = desk.draft(POOL)["exceptions"][-1]
    assert added == {"du": NEW_DAYS[0], "au": NEW_DAYS[1], "horaires": "off", "motif": "travaux"}
    fields = await desk.form(f"/admin/formulaire/{POOL}")
    fields[f"f_exceptions_{rows - 2}_efface"] = "on"
    await desk.post(f"/admin/formulaire/{POOL}", fields)
    assert POOL not in desk.scene.office.drafts


async def test_hours_of_seasons_are_changed_as_they_are_written(desk: Desk) -> None:
    path = "ville/lieux/dechetterie.yml"
    fields = await desk.form(f"/admin/formulaire/{path}")
    assert fields["f_horaires"].startswith("Apr-Sep")
    fields["f_horaires"] = "Mo-Sa 09:00-18:00; PH off"
    await desk.post(f"/admin/formulaire/{path}", fields)
    assert desk.draft(path)["horaires"] == "Mo-Sa 09:00-18:00; PH off"


async def test_the_page_says_how_its_form_began(desk: Desk) -> None:
    for path in (POOL, "ville/lieux/dechetterie.yml", "ville/avis/reveillon.yml"):
        fields = await desk.form(f"/admin/formulaire/{path}")
        began = [(name, value) for name, value in json.loads(fields["origine"])]
        posted = [(name, value) for name, value in fields.items() if name.startswith("f_")]
        assert sorted(began) == sorted(posted)
    fields["origine"] = '[["f_texte", ["x"]], 3]'
    await desk.post("/admin/formulaire/ville/avis/reveillon.yml", fields)
    assert desk.scene.office.drafts == {}


async def test_a_slip_in_a_form_is_named_and_nothing_typed_is_lost(desk: Desk) -> None:
    fields = await desk.form(f"/admin/formulaire/{POOL}")
    fields["f_horaires_0_1"] = ""
    fields["f_tarifs"] = "Cinq euros."
    fields["f_adresse"] = ""
    page = html.unescape(await desk.post(f"/admin/formulaire/{POOL}", fields, 409))
    assert "lundi : il manque l’heure" in page
    assert "Adresse : à remplir" in page
    assert "Cinq euros." in page
    assert 'aria-invalid="true"' in page
    assert desk.scene.office.drafts == {}


async def test_an_answer_is_changed_within_its_file(desk: Desk) -> None:
    path = "ville/reponses/animaux.yml"
    assert "?reponse=pigeons" in await desk.get(f"/admin/formulaire/{path}")
    fields = await desk.form(f"/admin/formulaire/{path}?reponse=pigeons")
    fields["f_texte"] = "Ne nourrissez pas\r\nles pigeons."
    await desk.post(f"/admin/formulaire/{path}?reponse=pigeons", fields)
    answers = {answer["id"]: answer["texte"] for answer in desk.draft(path)["reponses"]}
    assert answers["pigeons"] == "Ne nourrissez pas les pigeons."
    assert answers["frelons"].startswith("Ne vous approchez pas")
    await desk.get(f"/admin/formulaire/{path}?reponse=absente", 404)


async def test_a_new_notice_and_its_name(desk: Desk) -> None:
    fields = await desk.form("/admin/nouveau/annonce")
    fields["nom"] = "Grève du 3 décembre !"
    fields["f_type"], fields["f_texte"] = "greve", "La mairie est fermée."
    fields["f_du"], fields["f_au"], fields["f_au_heure"] = "2026-12-03", "2026-12-03", "17:00"
    fields.add("f_services", "accueil")
    fields["f_source"], fields["f_responsable"] = "préavis", "accueil"
    await desk.post("/admin/nouveau/annonce", fields)
    made = desk.draft("ville/avis/greve_du_3_decembre.yml")
    assert made["id"] == "greve_du_3_decembre"
    assert (made["du"], made["au"]) == ("2026-12-03", "2026-12-03 17:00")
    assert made["services"] == ["accueil"]
    page = html.unescape(await desk.post("/admin/nouveau/annonce", fields, 409))
    assert "déjà pris" in page
    assert "La mairie est fermée." in page


async def test_a_new_intent_comes_with_its_answer(desk: Desk) -> None:
    fields = await desk.form("/admin/nouveau/intention")
    fields["nom"] = "Ruches en ville"
    fields["f_exemples"] = "je veux poser une ruche\r\n\r\nune ruche au jardin\r\n"
    fields["f_texte"], fields["f_source"] = "Une ruche se déclare.", "arrêté"
    fields["f_responsable"] = "services_techniques"
    fields["fichier"] = "ville/reponses/animaux.yml"
    page = await desk.post("/admin/nouveau/intention", fields)
    assert "Brouillon créé" in page
    assert "/admin/formulaire/ville/reponses/animaux.yml?reponse=ruches_en_ville" in page
    intent = desk.draft("intents/ruches_en_ville.yml")
    assert intent["exemples"] == ["je veux poser une ruche", "une ruche au jardin"]
    assert intent["conduite"] == "repondre"
    answer = desk.draft("ville/reponses/animaux.yml")["reponses"][-1]
    assert answer["intentions"] == ["ruches_en_ville"]
    assert answer["responsable"] == "services_techniques"


async def test_the_text_is_checked_in_place(desk: Desk) -> None:
    fields = await desk.form(f"/admin/fichier/{POOL}")
    fields["texte"] = fields["texte"].replace("id: piscine", "id: piscine: bleue")
    page = html.unescape(await desk.post(f"/admin/verifier/{POOL}", fields))
    assert "ligne 1, colonne" in page
    assert "Un texte qui contient « : »" in page
    assert "piscine: bleue" in page
    assert desk.scene.office.drafts == {}
    headers = {**OURS, "Accept": "application/json"}
    async with desk.session.post(
        f"{desk.url}/admin/verifier/{POOL}", data=fields, headers=headers
    ) as answer:
        assert "Erreur" in (await answer.json())["html"]


async def test_a_draft_is_kept_with_its_mistakes_and_given_up(desk: Desk) -> None:
    fields = await desk.form(f"/admin/fichier/{POOL}")
    fields["texte"] = "id: [\n"
    page = await desk.post(f"/admin/fichier/{POOL}", fields)
    assert "Brouillon enregistré" in page
    assert "Erreur" in page
    assert "corrigez-la" not in await desk.get(f"/admin/formulaire/{POOL}")
    kept = await desk.form(f"/admin/fichier/{POOL}")
    page = await desk.post(
        f"/admin/fichier/{POOL}", {"empreinte": kept["empreinte"], "geste": "abandonner"}
    )
    assert "Brouillon abandonné" in page
    assert desk.scene.office.drafts == {}


async def test_two_editors_lose_nothing(desk: Desk) -> None:
    first = await desk.form(f"/admin/fichier/{POOL}")
    second = first.copy()
    first["texte"] += "# de la première\n"
    second["texte"] += "# du second\n"
    await desk.post(f"/admin/fichier/{POOL}", first)
    page = await desk.post(f"/admin/fichier/{POOL}", second, 409)
    assert "Quelqu’un d’autre a enregistré" in page
    assert "# de la première" in page
    again = fields_of(page, f"/admin/fichier/{POOL}")
    assert again["texte"].endswith("# du second\n")
    assert "# de la première" in (desk.scene.office.drafts[POOL].text or "")
    await desk.post(f"/admin/fichier/{POOL}", again)
    assert "# du second" in (desk.scene.office.drafts[POOL].text or "")


async def test_two_editors_of_a_form_lose_nothing(desk: Desk) -> None:
    first = await desk.form(f"/admin/formulaire/{POOL}")
    second = first.copy()
    first["f_tarifs"], second["f_adresse"] = "Cinq euros.", "quai du Port"
    await desk.post(f"/admin/formulaire/{POOL}", first)
    page = await desk.post(f"/admin/formulaire/{POOL}", second, 409)
    merged = fields_of(page, f"/admin/fichier/{POOL}")
    assert "quai du Port" in merged["texte"]
    assert "Cinq euros." in merged["texte"]
    await desk.post(f"/admin/fichier/{POOL}", merged)
    made = desk.draft(POOL)
    assert (made["tarifs"], made["adresse"]) == ("Cinq euros.", "quai du Port")


async def test_a_page_that_does_not_exist_and_a_text_that_is_too_long(desk: Desk) -> None:
    await desk.get("/admin/fichier/absent.yml", 404)
    await desk.get("/admin/fichier/../../etc/passwd", 404)
    await desk.post("/admin/fichier/../x.txt", {"texte": "a: b", "empreinte": ""}, 404)
    fields = await desk.form(f"/admin/fichier/{POOL}")
    fields["texte"] = "x" * 5_000_000
    await desk.post(f"/admin/fichier/{POOL}", fields, 413)


async def test_what_would_change_is_shown_and_published_with_a_reason(desk: Desk) -> None:
    assert "rien à publier" in await desk.get("/admin/publier")
    fields = await desk.form(f"/admin/formulaire/{POOL}")
    fields["f_tarifs"] = "Cinq euros."
    await desk.post(f"/admin/formulaire/{POOL}", fields)
    page = await desk.get("/admin/publier")
    assert "Cinq euros." in page
    form = fields_of(page, "/admin/publier")
    assert form["fichier"] == POOL
    assert "Dites en quelques mots pourquoi" in await desk.post("/admin/publier", form, 409)
    form["motif"] = "nouveau tarif"
    page = await desk.post("/admin/publier", form)
    assert "version v1" in page
    assert desk.scene.office.drafts == {}
    history = await desk.get("/admin/historique")
    assert "nouveau tarif" in history
    assert POOL in await desk.get("/admin/historique/v1")
    await desk.get("/admin/historique/v9", 404)


async def test_the_page_does_not_wait_for_a_slow_check(desk: Desk) -> None:
    office = desk.scene.office
    fields = await desk.form(f"/admin/formulaire/{POOL}")
    await desk.post(f"/admin/formulaire/{POOL}", filled(fields, f_tarifs="Cinq euros."))
    office.slow = asyncio.Event()
    page = await desk.get("/admin/publier")
    assert "data-attente" in page
    assert "Cinq euros." not in page
    waiting = asyncio.create_task(desk.get("/admin/publier/bilan"))
    office.slow.set()
    assert "Cinq euros." in await waiting
    assert "Cinq euros." in await desk.get("/admin/publier")
    assert office.reviewed == 1
    await desk.post(f"/admin/formulaire/{POOL}", await desk.form(f"/admin/formulaire/{POOL}"))
    fields = await desk.form(f"/admin/formulaire/{POOL}")
    await desk.post(f"/admin/formulaire/{POOL}", filled(fields, f_tarifs="Six euros."))
    assert "Six euros." in await desk.get("/admin/publier")
    assert office.reviewed == 2


async def test_a_refused_publication_says_why(desk: Desk) -> None:
    fields = await desk.form("/admin/fichier/intents/animaux.yml")
    fields["texte"] += "  - une ruche au jardin\n"
    await desk.post("/admin/fichier/intents/animaux.yml", fields)
    desk.scene.office.refusal = "La conversation « frelons » ne se passe plus comme prévu."
    form = filled(fields_of(await desk.get("/admin/publier"), "/admin/publier"), motif="essai")
    page = html.unescape(await desk.post("/admin/publier", form))
    assert "Publication refusée" in page
    assert desk.scene.office.refusal in page
    assert "une ruche au jardin" in page


async def test_a_version_is_brought_back(desk: Desk) -> None:
    office = desk.scene.office
    office._add("Marie", "un", [POOL])
    office._add("Marie", "deux", [POOL])
    form = {"motif": "c’était mieux avant"}
    page = await desk.post("/admin/historique/v1/retour", form)
    assert "version v3" in page
    assert office.history[0].restored == "v1"
    await desk.post("/admin/historique/v1/retour", {"motif": " "}, 409)


async def test_the_publication_is_followed_as_it_runs(desk: Desk) -> None:
    office = desk.scene.office
    async with desk.session.get(f"{desk.url}/admin/publier/suivi") as answer:
        seen: list[str] = []
        async for raw in answer.content:
            line = raw.decode().strip()
            if line == ": pouls" and len(seen) == 1:
                await office.tell(outcome="running", step="Apprentissage", lines=("compilé",))
            if line.startswith("data:"):
                seen.append(line)
            if len(seen) == 2:
                break
    assert "Apprentissage" in seen[1]
    assert "compilé" in seen[1]


async def test_a_sentence_is_tried_and_the_conversation_goes_on(desk: Desk) -> None:
    page = await desk.post("/admin/essayer", {"texte": "pour ma carte"})
    assert "fait confirmer" in page
    fields = fields_of(page, "/admin/essayer")
    before = {"avant": fields["avant"], "sure": fields["sure"], "texte": "oui"}
    page = html.unescape(await desk.post("/admin/essayer", before))
    assert "Prenez rendez-vous." in page
    assert "reponses/cni" in page
    assert 'href="/admin/fichier/ville/reponses/cni.yml"' in page
    sound = page.partition("<audio")[2].partition('src="')[2].partition('"')[0]
    async with desk.session.get(desk.url + sound) as answer:
        assert answer.content_type == "audio/wav"
        assert (await answer.read())[:4] == b"RIFF"
    async with desk.session.get(f"{desk.url}/admin/essayer/son/inconnu.wav") as answer:
        assert answer.status == 404


async def test_a_recording_is_tried(desk: Desk) -> None:
    form = FormData()
    form.add_field("son", b"RIFFla piscine", filename="a.wav", content_type="audio/wav")
    page = html.unescape(await desk.post("/admin/essayer", form))
    assert "reconnu, confiance 90" in page
    assert "piscine ouverte" in page
    form = FormData()
    form.add_field("son", b"R" * 9_000_000, filename="a.wav", content_type="audio/wav")
    assert "trop long" in await desk.post("/admin/essayer", form, 409)
    desk.scene.recogniser.down = True
    form = FormData()
    form.add_field("son", b"RIFFla piscine", filename="a.wav", content_type="audio/wav")
    assert "ne répond pas" in await desk.post("/admin/essayer", form, 409)
    assert "Écrivez une phrase" in await desk.post("/admin/essayer", {"texte": " "}, 409)


async def test_what_was_asked_in_vain_becomes_an_example_or_an_intent(desk: Desk) -> None:
    for number, heard in enumerate(("poser une ruche", "une ruche de madame Martin"), start=1):
        await desk.scene.start(f"c{number}")
        await desk.scene.turn(
            f"c{number}", 1, heard, "Pardon ?", decision="ask_again", intent="animaux"
        )
    page = await desk.get("/admin/questions")
    assert "une ruche de madame [nom]" in page
    fields = fields_of(page, "/admin/questions/exemple")
    assert fields.getall("phrase") == ["poser une ruche"]
    assert fields["intention"] == "animaux"
    page = await desk.post("/admin/questions/exemple", fields)
    assert "La phrase est ajoutée" in page
    assert desk.draft("intents/animaux.yml")["exemples"][-1] == "poser une ruche"
    fields = fields_of(await desk.get("/admin/questions"), "/admin/nouveau/intention")
    form = fields_of(await desk.post("/admin/nouveau/intention", fields), "/admin/nouveau")
    assert form["nom"] == "poser ruche"
    assert form["f_exemples"] == "poser une ruche"


@pytest.mark.parametrize(
    ("intent", "sentence"),
    [("", "une ruche au jardin"), ("inconnue", "une ruche au jardin"), ("animaux", "ruche"),
     ("animaux", "rappelez au [numéro]"), ("animaux", "x y" * 200)],
)  # fmt: skip
async def test_an_example_that_will_not_do_is_refused(
    desk: Desk, intent: str, sentence: str
) -> None:
    fields = {"intention": intent, "phrase": sentence}
    await desk.post("/admin/questions/exemple", fields, 409)
    assert desk.scene.office.drafts == {}


async def test_answers_marked_as_wrong_are_listed(desk: Desk) -> None:
    await desk.scene.start("c1")
    await desk.scene.turn("c1", 1, "la piscine", "Fermée.", sources=("lieux/piscine#horaires",))
    await desk.scene.store.wrong_answer("c1", 1, "Marie", "inexact", now() - timedelta(minutes=1))
    page = await desk.get("/admin/signalees")
    assert "inexact" in page
    assert "/admin/fichier/ville/lieux/piscine.yml" in page


async def test_hostile_words_stay_words(desk: Desk) -> None:
    hostile = "<script>document.title='pirate'</script> au jardin"
    await desk.scene.start("c1")
    await desk.scene.turn("c1", 1, hostile, hostile, decision="out_of_scope")
    await desk.scene.store.wrong_answer("c1", 1, hostile, hostile, now())
    fields = await desk.form("/admin/fichier/phrases.yml")
    await desk.post("/admin/fichier/phrases.yml", filled(fields, texte=f"accueil: {hostile}"))
    for path in ("/admin/questions", "/admin/signalees", "/admin/fichier/phrases.yml",
                 "/admin/publier", "/admin/contenu?q=<script>"):  # fmt: skip
        assert "<script>document" not in await desk.get(path)
        assert "<script>&#34;" not in await desk.get(path)


async def test_each_role_sees_and_does_what_it_may(tmp_path: Path) -> None:
    house = await House.open(tmp_path)
    await house.scene.store.close()
    scene = await AdminScene.open(tmp_path / "ville")
    assert isinstance(scene, AdminScene)
    scene.prepare()
    house.scene = scene
    server = TestServer(house.app())
    await server.start_server()
    seen: dict[str, tuple[int, ...]] = {}
    for name in ("visiteur", "marie", "plume", "chef"):
        browser = Browser(f"http://127.0.0.1:{server.port}")
        await browser.log_in(name)
        _, page = await browser.get(f"/admin/fichier/{POOL}")
        assert ("Enregistrer le brouillon" in page) == (name in ("plume", "chef"))
        _, text = await browser.get(f"/admin/fichier/{POOL}")
        fields = dict(filled(fields_of(text, f"/admin/fichier/{POOL}"), geste="enregistrer"))
        saved, _ = await browser.post(f"/admin/fichier/{POOL}", OURS, **fields)
        tried, _ = await browser.get("/admin/essayer")
        published, _ = await browser.post("/admin/publier", motif="essai")
        _, menu = await browser.get("/admin/contenu")
        assert ('href="/admin/essayer"' in menu) == (name != "visiteur")
        seen[name] = (saved, tried, published)
        await browser.session.close()
    assert seen == {
        "visiteur": (403, 403, 403),
        "marie": (403, 200, 403),
        "plume": (200, 200, 403),
        "chef": (200, 200, 409),
    }
    kept = {(who, what) for who, what, _ in await house.journal()}
    assert ("plume", "ville.brouillon") in kept
    assert ("marie", "acces.refuse") in kept
    await server.close()
    await house.close()


@pytest.mark.parametrize(
    ("path", "section"),
    [
        (f"/admin/formulaire/{POOL}", "contenu"),
        ("/admin/nouveau/annonce", "contenu"),
        ("/admin/signalees", "questions"),
        ("/admin/publier", "publier"),
    ],
)
async def test_the_menu_shows_where_a_page_belongs(desk: Desk, path: str, section: str) -> None:
    page = await desk.get(path)
    assert f'<a href="/admin/{section}" aria-current="true">' in page
