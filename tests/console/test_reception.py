from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from console.live import Person
from tests.console.conftest import Counter
from tests.console.scene import Scene, now

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def test_the_page_shows_who_waits_and_the_chosen_call(counter: Counter) -> None:
    scene = counter.scene
    await scene.start("c1", 90)
    await scene.turn("c1", 1, "mon passeport", "Sur rendez-vous.", lieu="mairie", jour="mardi")
    scene.wait("c1", priority="urgent", estimate_min=5, ringing=("marie",))
    page = await counter.text("/accueil?appel=c1")
    for expected in (
        "••••••78",
        "urgent",
        "sonne chez Marie Dupont",
        "attente annoncée 5 min",
        "mon passeport",
        "Sur rendez-vous.",
        "Carte d’identité, passeport",
        "sûr à 91",
        "reponses/etat civil · passeport",
        "mardi",
    ):
        assert expected in page, expected
    assert "0612345678" not in page
    assert "06 12 34 56 78" not in page


async def test_whole_numbers_only_where_privacy_allows(tmp_path: Path) -> None:
    scene = await Scene.open(tmp_path, full_numbers=True)
    await scene.start("c1", caller="+33612345678")
    async with TestClient(TestServer(scene.app())) as client:
        assert "06 12 34 56 78" in await (await client.get("/accueil")).text()
        await scene.end("c1", "callback")
        page = await (await client.get("/accueil?appel=c1")).text()
        assert page.count("06 12 34 56 78") == 2
    await scene.store.close()


@pytest.mark.parametrize("path", ["/accueil?appel=c1", "/accueil/appels/c1", "/accueil?q=script"])
async def test_what_a_caller_says_is_never_markup(counter: Counter, path: str) -> None:
    scene = counter.scene
    await scene.start("c1", caller=HOSTILE)
    await scene.turn("c1", 1, HOSTILE, HOSTILE, lieu=HOSTILE, jour=HOSTILE, service=HOSTILE)
    scene.board.details("c1", {HOSTILE: HOSTILE})
    scene.board.heard("c1", HOSTILE)
    scene.wait("c1", summary=HOSTILE, service=HOSTILE)
    await scene.store.note("c1", HOSTILE, HOSTILE, now())
    await scene.store.wrong_answer("c1", 1, HOSTILE, HOSTILE, now())
    if "q=" in path:
        await scene.end("c1", "answered")
    page = await counter.text(path)
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\"'><" not in page


async def test_pages_allow_no_foreign_or_inline_code(counter: Counter) -> None:
    async with counter.session.get(counter.url + "/accueil") as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = await answer.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "style=" not in page
    assert "onclick" not in page
    assert "http://" not in page
    assert "https://" not in page


async def test_an_unknown_call_says_so(counter: Counter) -> None:
    assert "plus, dans l’historique" in await counter.text("/accueil?appel=absent")
    assert "plus, dans l’historique" in await counter.text("/accueil/appels/absent", 404)


async def test_the_agent_is_remembered_and_forgotten(counter: Counter) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    url = counter.url + "/accueil/agent"
    assert "Je suis" in await counter.text("/accueil")
    async with counter.session.post(url, data={"agent": "marie"}, headers=headers) as answer:
        page = await answer.text()
    assert "Je suis" not in page
    assert 'class="available" aria-pressed="true"' in page
    async with counter.session.post(url, data={"agent": "pirate"}, headers=headers) as answer:
        assert answer.status == 409
        assert "pas dans la liste" in await answer.text()
    async with counter.session.post(url, data={"agent": ""}, headers=headers) as answer:
        assert "Je suis" in await answer.text()


async def test_actions_reach_the_desk_under_the_agents_name(counter: Counter) -> None:
    scene = counter.scene
    counter.be("marie")
    await scene.start("c1")
    await scene.start("c2")
    await scene.end("c2", "callback")
    answers = [
        await counter.post("/accueil/appels/c1/prendre"),
        await counter.post("/accueil/appels/c1/transferer", service="etat_civil"),
        await counter.post("/accueil/appels/c2/rappeler"),
        await counter.post("/accueil/presence", etat="break"),
    ]
    assert [status for status, _ in answers] == [200] * 4
    assert answers[0][1] == {"message": "Votre téléphone sonne."}
    assert scene.desk.asked == [
        ("take", "c1", "marie"),
        ("transfer", "c1", "etat_civil", "marie"),
        ("call_back", "c2", "marie"),
        ("presence", "marie", "break"),
    ]


async def test_what_the_desk_refuses_is_told_as_it_said_it(counter: Counter) -> None:
    counter.be("marie")
    await counter.scene.start("c1")
    counter.scene.desk.refusal = "Cet appel vient d’être pris par Paul."
    assert await counter.post("/accueil/appels/c1/prendre") == (
        409,
        {"erreur": "Cet appel vient d’être pris par Paul."},
    )


async def test_a_defect_behind_is_no_defect_of_the_page(counter: Counter) -> None:
    counter.be("marie")
    await counter.scene.start("c1")
    counter.scene.desk.defect = True
    status, body = await counter.post("/accueil/appels/c1/prendre")
    assert status == 409
    assert "n’a pas abouti" in body["erreur"]


@pytest.mark.parametrize(
    ("path", "fields", "word"),
    [
        ("appels/over/prendre", {}, "terminé"),
        ("appels/absent/prendre", {}, "terminé"),
        ("appels/over/transferer", {"service": "etat_civil"}, "terminé"),
        ("appels/live/transferer", {"service": ""}, "Choisissez"),
        ("appels/live/transferer", {"service": "sip:pirate@ailleurs"}, "Choisissez"),
        ("appels/live/rappeler", {}, "en cours"),
        ("appels/live/termine", {}, "en cours"),
        ("appels/live/note", {"texte": "  "}, "vide"),
        ("appels/live/note", {"texte": "x" * 2001}, "trop longue"),
        ("appels/absent/note", {"texte": "x"}, "historique"),
        ("appels/absent/termine", {}, "historique"),
        ("appels/over/faux", {"tour": "1", "motif": "n’importe"}, "Choisissez"),
        ("appels/over/faux", {"tour": "7", "motif": "Autre"}, "n’existe pas"),
        ("appels/over/faux", {"tour": "²", "motif": "Autre"}, "n’existe pas"),
        ("presence", {"etat": "in_call"}, "Choisissez"),
    ],
)
async def test_what_is_not_possible_is_said_in_french(
    counter: Counter, path: str, fields: dict[str, str], word: str
) -> None:
    counter.be("marie")
    await counter.scene.start("live")
    await counter.scene.start("over")
    await counter.scene.turn("over", 1, "x", "y")
    await counter.scene.end("over", "answered")
    status, body = await counter.post(f"/accueil/{path}", **fields)
    assert status == 409
    assert word in body["erreur"]
    assert counter.scene.desk.asked == []


async def test_nobody_acts_without_a_name(counter: Counter) -> None:
    await counter.scene.start("c1")
    for agent in ("", "pirate"):
        counter.be(agent)
        status, body = await counter.post("/accueil/appels/c1/prendre")
        assert (status, "qui vous êtes" in body["erreur"]) == (409, True)


async def test_notes_and_marks_are_kept_and_shown_to_all(counter: Counter) -> None:
    scene = counter.scene
    counter.be("marie")
    await scene.start("c1")
    await scene.turn("c1", 1, "mon passeport", "Le mardi.")
    assert (await counter.post("/accueil/appels/c1/note", texte=" rappeler à 14 h "))[0] == 200
    await scene.end("c1", "callback")
    assert scene.board.figures(now()).callbacks == 1
    wrong = {"tour": "1", "motif": "Autre", "precision": "c’est le jeudi"}
    assert (await counter.post("/accueil/appels/c1/faux", **wrong))[0] == 200
    assert (await counter.post("/accueil/appels/c1/termine"))[0] == 200
    assert scene.board.figures(now()).callbacks == 0
    page = await counter.text("/accueil?appel=c1")
    assert "rappeler à 14 h" in page
    assert "Signalé faux par Marie Dupont : Autre : c’est le jeudi" in page
    assert "Terminé par Marie Dupont" in page
    assert (await counter.post("/accueil/appels/c1/rouvrir"))[0] == 200
    assert scene.board.figures(now()).callbacks == 1
    kept = await scene.store.follow_up("c1")
    assert [note.text for note in kept.notes] == ["rappeler à 14 h"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://callbot.mairie.local"}, 403),
        ({"Origin": "https://callbot.mairie.local"}, 200),
        ({"Origin": "https://ailleurs.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_only_our_own_pages_may_act(
    counter: Counter, headers: dict[str, str], status: int
) -> None:
    counter.be("marie")
    url = counter.url + "/accueil/presence"
    async with counter.session.post(
        url, data={"etat": "break"}, headers={"Accept": "application/json", **headers}
    ) as answer:
        assert answer.status == status
    assert len(counter.scene.desk.asked) == (status == 200)


async def test_a_foreign_host_name_gets_no_page(counter: Counter) -> None:
    for path in ("/accueil", "/mur", "/accueil/direct", "/statique/style.css"):
        headers = {"Host": "rebound.example"}
        async with counter.session.get(counter.url + path, headers=headers) as answer:
            assert answer.status == 421, path


async def test_large_odd_and_unknown_requests_are_refused(counter: Counter) -> None:
    counter.be("marie")
    await counter.scene.start("c1")
    assert (await counter.post("/accueil/appels/c1/note", texte="x" * 20000))[0] == 413
    assert (await counter.post("/accueil/appels/c1/danser"))[0] == 404
    form = FormData()
    form.add_field("texte", b"fichier", filename="x.txt")
    async with counter.session.post(
        counter.url + "/accueil/appels/c1/note",
        data=form,
        headers={"Sec-Fetch-Site": "same-origin", "Accept": "application/json"},
    ) as answer:
        assert answer.status == 409
    await counter.text("/statique/../api.py", 404)
    await counter.text("/statique/%2e%2e/api.py", 404)
    await counter.text("/statique/", 403)


async def test_without_script_a_refusal_is_on_the_page(counter: Counter) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    await counter.scene.start("c1")
    await counter.scene.end("c1", "answered")
    url = counter.url + "/accueil/appels/c1/termine"
    async with counter.session.post(url, headers=headers) as answer:
        assert answer.status == 409
        assert "qui vous êtes" in await answer.text()
    counter.be("marie")
    async with counter.session.post(url, headers=headers) as answer:
        assert answer.url.path_qs == "/accueil?appel=c1"
        assert "Terminé par Marie Dupont" in await answer.text()


async def test_search_finds_ended_calls_of_today(counter: Counter) -> None:
    scene = counter.scene
    for call, words in (("c1", "des Œillets fanés"), ("c2", "un passeport")):
        await scene.start(call)
        await scene.turn(call, 1, words, "Oui.")
        await scene.end(call, "answered")
    found = await counter.text("/accueil/recherche?q=oeillets+fanes")
    assert "1 appel avec" in found
    assert "trouve-c1" in found
    assert "trouve-c2" not in found
    assert "Aucun appel" in await counter.text("/accueil/recherche?q=absent")
    assert "trouve-c2" in await counter.text("/accueil?q=passeport")


async def test_the_day_comes_back_after_a_restart(counter: Counter, tmp_path: Path) -> None:
    scene = counter.scene
    await scene.start("c1")
    await scene.turn("c1", 1, "mon passeport", "Oui.")
    await scene.end("c1", "callback")
    await scene.store.note("c1", "Marie", "rappeler", now())
    again = Scene(scene.store)
    async with TestClient(TestServer(again.app())) as client:
        page = await (await client.get("/accueil")).text()
    assert "rappel-c1" in page
    assert "1 note" in page
    assert again.board.epoch != scene.board.epoch


async def test_the_wall_tells_figures_only(counter: Counter) -> None:
    await counter.scene.start("c1", caller="0612345678")
    await counter.scene.turn("c1", 1, "mon passeport", "Oui.")
    await counter.scene.end("c1", "answered")
    page = await counter.text("/mur")
    assert "100&#8239;%" in page
    assert "passeport" not in page
    assert "78" not in page.split("<main")[1].replace("&#8239;", "")


async def test_a_wish_during_a_call_is_shown(counter: Counter) -> None:
    counter.scene.board.presence_changed([Person("ines", "Inès", "in_call", wanted="break")])
    page = await counter.text("/accueil")
    assert "en ligne, puis en pause" in page


def test_a_duration_is_short_to_read() -> None:
    from console.labels import duration

    start = now()
    assert duration(start, start + timedelta(seconds=65)) == "1:05"
    assert duration(start, start + timedelta(seconds=3723)) == "1:02:03"
    assert duration(start, start - timedelta(seconds=3)) == "0:00"
