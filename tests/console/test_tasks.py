"""Call-backs, text messages, voice messages and the counts of the day, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestClient, TestServer

from console.labels import due, past
from console.live import PARIS, LiveBoard
from console.ports import DayCounts
from tests.console.conftest import Counter, next_event
from tests.console.scene import Scene, a_callback, a_message, a_text, now

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def today() -> date:
    return now().astimezone(PARIS).date()


async def fragment(counter: Counter, name: str) -> str:
    """Return one region of the reception page."""
    async with counter.session.get(f"{counter.url}/accueil/direct") as answer:
        _, data = await next_event(answer)
    return str(data["regions"][name])


async def test_call_backs_are_shown_by_due_time_with_what_to_know(counter: Counter) -> None:
    counter.scene.promise(
        a_callback("late", 3000, tries=2),
        a_callback("soon", 5),
        a_callback("hand", -30, state="by_hand", by_hand="no_text"),
        a_callback("busy", -40, state="talking", agent="ines"),
        a_callback("over", -50, state="done", agent="marie"),
        a_callback("yesterday", -50, state="done", changed_at=now() - timedelta(days=1)),
    )
    shown = await fragment(counter, "rappels")
    order = ["promis-busy", "promis-hand", "promis-soon", "promis-late", "promis-over"]
    assert sorted(order, key=lambda name: shown.index(f'id="{name}"')) == order
    for expected in (
        "••••••78",
        "<q>demande de soon</q>",
        "dans 5\u00a0min",
        "2 essais",
        "à faire à la main : le résident n’a pas répondu et le SMS n’est pas parti",
        "appel en cours (Inès Garcia)",
        "Rappels terminés aujourd’hui (1)",
        "État civil",
    ):
        assert expected in shown, expected
    assert "612345678" not in shown
    assert "promis-yesterday" not in shown
    assert counter.scene.board.figures(now()).callbacks == 4


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("planned", {"maintenant", "fait", "annuler"}),
        ("by_hand", {"maintenant", "fait", "annuler"}),
        ("queued", {"fait", "annuler"}),
        ("closing", {"fait", "annuler"}),
        ("dialling", {"annuler"}),
        ("talking", set()),
        ("done", set()),
        ("given_up", set()),
        ("cancelled", set()),
    ],
)
async def test_only_what_is_possible_is_offered_and_accepted(
    counter: Counter, state: str, buttons: set[str]
) -> None:
    counter.be("marie")
    names = {"maintenant", "fait", "annuler"}
    for name in names:
        counter.scene.promise(a_callback("r", state=state))
        shown = await fragment(counter, "rappels")
        assert (f"/accueil/rappels/r/{name}" in shown) == (name in buttons)
        status, _ = await counter.post(f"/accueil/rappels/r/{name}")
        assert status == (200 if name in buttons else 409)
    wanted = {"maintenant": "now", "fait": "done", "annuler": "cancel"}
    assert {asked[0] for asked in counter.scene.callbacks.asked} == {wanted[n] for n in buttons}


async def test_an_action_on_a_call_back_goes_under_the_agents_name(counter: Counter) -> None:
    counter.scene.promise(a_callback("r"))
    status, body = await counter.post("/accueil/rappels/r/fait")
    assert (status, "qui vous êtes" in body["erreur"]) == (409, True)
    counter.be("marie")
    assert await counter.post("/accueil/rappels/r/fait") == (
        200,
        {"message": "Rappel marqué comme fait."},
    )
    assert counter.scene.callbacks.asked == [("done", "r", "marie")]
    status, body = await counter.post("/accueil/rappels/r/fait")
    assert (status, body["erreur"]) == (409, "Ce rappel est déjà terminé.")
    status, body = await counter.post("/accueil/rappels/absent/fait")
    assert (status, body["erreur"]) == (409, "Ce rappel est déjà terminé.")
    assert (await counter.post("/accueil/rappels/r/danser"))[0] == 404


async def test_what_the_core_refuses_is_told(counter: Counter) -> None:
    counter.be("marie")
    counter.scene.promise(a_callback("r"))
    counter.scene.callbacks.refusal = "Aucune ligne n’est libre."
    assert await counter.post("/accueil/rappels/r/maintenant") == (
        409,
        {"erreur": "Aucune ligne n’est libre."},
    )


async def test_without_script_one_comes_back_to_the_call(counter: Counter) -> None:
    scene = counter.scene
    counter.be("marie")
    await scene.start("c1")
    await scene.end("c1", "callback")
    scene.promise(a_callback("r", call="c1"))
    page = await counter.text("/accueil?appel=c1")
    assert "Oui, annuler ce rappel" in page
    async with counter.session.post(
        counter.url + "/accueil/rappels/r/annuler",
        data={"appel": "c1"},
        headers={"Sec-Fetch-Site": "same-origin"},
    ) as answer:
        assert answer.url.path_qs == "/accueil?appel=c1"
        assert "annulé" in await answer.text()


async def test_a_call_with_its_call_back_is_listed_and_counted_once(counter: Counter) -> None:
    scene = counter.scene
    for call in ("c1", "c2"):
        await scene.start(call)
        await scene.turn(call, 1, "mon passeport", "Oui.")
        await scene.end(call, "callback")
    assert scene.board.figures(now()).callbacks == 2
    scene.promise(a_callback("r", call="c1"))
    page = await counter.text("/accueil")
    assert "promis-r" in page
    assert 'id="rappel-c1"' not in page
    assert 'id="rappel-c2"' in page
    assert 'id="fini-c1"' not in page
    assert scene.board.figures(now()).callbacks == 2
    scene.promise(a_callback("r", call="c1", state="done"))
    assert 'id="fini-c1"' in await counter.text("/accueil")
    assert scene.board.figures(now()).callbacks == 1


async def test_the_call_shows_its_call_back_in_the_place_of_the_plain_one(
    counter: Counter,
) -> None:
    scene = counter.scene
    await scene.start("c1")
    await scene.end("c1", "callback")
    plain = await counter.text("/accueil/appels/c1")
    assert 'id="rappeler-c1"' in plain
    assert 'id="termine-c1"' in plain
    scene.promise(a_callback("r", 5, call="c1", reason="pour mon fils"))
    page = await counter.text("/accueil/appels/c1")
    assert "/accueil/rappels/r/maintenant" in page
    assert "pour mon fils" in page
    assert 'id="rappeler-c1"' not in page
    assert 'id="termine-c1"' not in page
    scene.promise(a_callback("r", call="c1", state="done"))
    page = await counter.text("/accueil/appels/c1")
    assert 'id="termine-c1"' in page


@pytest.mark.parametrize(
    ("caller", "word"),
    [("", "cache son numéro"), ("anonymous", "cache son numéro"), ("••••••78", "plus connu")],
)
async def test_a_hidden_number_is_not_called_back(counter: Counter, caller: str, word: str) -> None:
    counter.be("marie")
    await counter.scene.start("c1", caller=caller)
    await counter.scene.end("c1", "answered")
    page = await counter.text("/accueil/appels/c1")
    assert word in page
    assert "/rappeler" not in page
    status, body = await counter.post("/accueil/appels/c1/rappeler")
    assert (status, word in body["erreur"]) == (409, True)
    assert counter.scene.desk.asked == []


async def test_whole_numbers_of_call_backs_and_texts_only_where_allowed(tmp_path: Path) -> None:
    scene = await Scene.open(tmp_path, full_numbers=True)
    scene.promise(a_callback("r"))
    scene.outbox.change(a_text("t"))
    async with TestClient(TestServer(scene.app())) as client:
        for path in ("/accueil", "/sms"):
            assert "06 12 34 56 78" in await (await client.get(path)).text()
    await scene.store.close()


async def test_call_backs_arrive_by_the_stream_and_say_which_call(counter: Counter) -> None:
    async with counter.session.get(f"{counter.url}/accueil/direct") as answer:
        await next_event(answer)
        counter.scene.promise(a_callback("r", call="c1"), a_callback("s"))
        _, data = await next_event(answer)
        assert {"rappels", "figures", "termines"} == set(data["regions"])
        assert data["details"] == ["c1"]
        assert data["textes"] is False
        counter.scene.promise(a_callback("s"))
        _, data = await next_event(answer)
        assert data["details"] == ["c1"]
        assert "promis-r" not in data["regions"]["rappels"]


def test_call_backs_that_stay_the_same_are_no_change() -> None:
    board = LiveBoard()
    entry = a_callback("r", call="c1")
    board.callbacks_changed([entry])
    seen = board.number
    board.callbacks_changed([replace(entry)])
    board.counts_changed(DayCounts(today(), 1))
    board.counts_changed(DayCounts(today(), 1))
    assert board.number == seen + 1


def test_an_open_call_back_of_a_call_comes_before_older_ones() -> None:
    board = LiveBoard()
    board.callbacks_changed(
        [a_callback("old", call="c", state="done"), a_callback("new", call="c")]
    )
    found = board.callback_of("c")
    assert found is not None
    assert found.id == "new"
    assert board.callback_of("other") is None


# Voice messages


async def test_a_voice_message_is_heard_read_and_settled(counter: Counter) -> None:
    scene = counter.scene
    counter.be("marie")
    await scene.start("c1")
    await scene.end("c1", "abandoned")
    scene.messages.leave(a_message("m1", "c1", service="etat_civil"))
    for page in (await counter.text("/accueil"), await counter.text("/accueil/appels/c1")):
        assert "rappelez-moi pour ma carte d’identité" in page
        assert 'src="/accueil/messages/m1.wav"' in page
        assert "/accueil/messages/m1/fait" in page
    async with counter.session.get(counter.url + "/accueil/messages/m1.wav") as answer:
        assert answer.content_type == "audio/wav"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert await answer.read() == scene.messages.sounds["m1"]
    assert (await counter.post("/accueil/messages/m1/fait"))[0] == 200
    assert "Fait par Marie Dupont" in await counter.text("/accueil/appels/c1")
    listed = await counter.text("/accueil")
    assert "Aucun message à écouter" in listed
    assert "Messages traités (1)" in listed


async def test_only_sound_of_ours_is_given_and_only_to_our_pages(counter: Counter) -> None:
    counter.scene.messages.sounds = {"m1": b"<html>no sound", "m2": b""}
    for path, headers, status in (
        ("m1.wav", {}, 404),
        ("m2.wav", {}, 404),
        ("absent.wav", {}, 404),
        ("..%2f..%2fetc.wav", {}, 404),
        (f"{'x' * 65}.wav", {}, 404),
        ("m1.wav", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("m1.wav", {"Sec-Fetch-Site": "none"}, 403),
    ):
        url = f"{counter.url}/accueil/messages/{path}"
        async with counter.session.get(url, headers=headers) as answer:
            assert answer.status == status, path


async def test_a_voice_message_arrives_by_the_stream(counter: Counter) -> None:
    async with counter.session.get(f"{counter.url}/accueil/direct") as answer:
        await next_event(answer)
        counter.scene.messages.leave(a_message("m1", "c1", transcript=""))
        _, data = await next_event(answer)
        assert set(data["regions"]) == {"messages"}
        assert "Aucune parole reconnue" in data["regions"]["messages"]
        assert data["details"] == ["c1"]


async def test_a_call_is_shown_even_when_its_texts_and_messages_are_lost(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise OSError("disk")

    await counter.scene.start("c1")
    await counter.scene.turn("c1", 1, "mon passeport", "Oui.")
    monkeypatch.setattr(counter.scene.messages, "list", broken)
    monkeypatch.setattr(counter.scene.outbox, "of_call", broken)
    page = await counter.text("/accueil?appel=c1")
    assert "mon passeport" in page
    assert page.count("ne peuvent pas être lus") == 2
    async with counter.session.get(f"{counter.url}/accueil/direct") as answer:
        _, data = await next_event(answer)
    assert "appel-c1" in data["regions"]["appels"]


async def test_what_the_town_does_not_use_is_not_there(tmp_path: Path) -> None:
    scene = await Scene.open(tmp_path, bare=True)
    await scene.start("c1")
    await scene.end("c1", "answered")
    server = TestServer(scene.app())
    await server.start_server()
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        counter = Counter(scene, session, f"http://127.0.0.1:{server.port}")
        counter.be("marie")
        for path in ("/accueil", "/accueil?appel=c1"):
            page = await counter.text(path)
            for word in ("/sms", "Rappels", "Messages vocaux"):
                assert word not in page, word
        for path in ("/sms", "/sms/liste", "/accueil/messages/m1.wav"):
            await counter.text(path, 404)
        for path in ("/accueil/rappels/r/fait", "/accueil/messages/m/fait", "/sms/t/renvoyer"):
            assert (await counter.post(path))[0] == 404
    await server.close()
    await scene.store.close()


# Counts, the card, and words


async def test_the_day_is_counted_on_the_page_and_on_the_wall(counter: Counter) -> None:
    scene = counter.scene
    await scene.start("c1")
    await scene.end("c1", "answered")
    await scene.start("c2")
    assert "transferts demandés" not in await counter.text("/mur")
    scene.board.counts_changed(DayCounts(today(), 12, 9, 2, 1, 83.4))
    bar = await fragment(counter, "jour")
    for expected in (
        "<b>2</b> appels aujourd’hui",
        "<b>1</b> par le robot seul",
        "<b>12</b> transferts demandés",
        "<b>9</b> aboutis",
        "<b>2</b> sans réponse",
        "<b>1</b> raccroché en attente",
        "<b>1:23</b> d’attente en moyenne",
    ):
        assert expected in bar, expected
    wall = await counter.text("/mur")
    assert "<dt>transferts demandés</dt><dd>12</dd>" in wall
    assert "<dt>attente moyenne</dt><dd>1:23</dd>" in wall
    scene.board.counts_changed(DayCounts(today() - timedelta(days=1), 99))
    assert "transferts" not in await counter.text("/mur")
    scene.board.counts_changed(DayCounts(today()))
    assert "<b>–</b> d’attente en moyenne" in await counter.text("/accueil")


async def test_what_the_caller_gave_is_on_the_card_and_in_the_line(counter: Counter) -> None:
    scene = counter.scene
    await scene.start("c1")
    await scene.turn("c1", 1, "les encombrants", "Quelle rue ?")
    scene.board.details("c1", {"rue": "rue des Lilas", "date": ""})
    scene.wait("c1")
    assert "rue : rue des Lilas" in await fragment(counter, "attente")
    page = await counter.text("/accueil/appels/c1")
    assert "<dt>Rue</dt><dd>rue des Lilas</dd>" in page
    assert "<dt>Date</dt>" not in page


async def test_hostile_words_stay_words_here_too(counter: Counter) -> None:
    scene = counter.scene
    await scene.start("c1")
    await scene.end("c1", "answered")
    odd = HOSTILE.replace("/", "")
    scene.promise(
        a_callback(odd, reason=HOSTILE, service=HOSTILE, number=HOSTILE, call="c1", agent=HOSTILE)
    )
    scene.outbox.change(
        a_text(
            odd, "failed", text=HOSTILE, source=HOSTILE, error=HOSTILE, number=HOSTILE, call="c1"
        )
    )
    scene.messages.leave(a_message("m", "c1", transcript=HOSTILE, number=HOSTILE, service=HOSTILE))
    for path in ("/accueil?appel=c1", "/sms", "/sms?q=%3Cscript%3E&etat=failed"):
        page = await counter.text(path)
        assert "<script>" not in page
        assert "<img" not in page
        assert "\"'><" not in page
        assert "onclick" not in page
        assert "style=" not in page
    assert "alert(1)" in await counter.text("/sms")


NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)  # Friday, 12:00 in Paris.


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-1, "maintenant"),
        (0, "maintenant"),
        (0.01, "dans 1 min"),
        (0.5, "dans 30 min"),
        (1, "à 13 h"),
        (3.5, "à 15 h 30"),
        (12, "demain 0 h"),
        (21, "demain 9 h"),
        (69, "lundi 9 h"),
        (165, "le 27/11 à 9 h"),
    ],
)
def test_what_is_to_come_is_said_as_people_do(hours: float, said: str) -> None:
    assert due(NOON + timedelta(hours=hours), NOON, PARIS).replace("\u00a0", " ") == said


def test_what_was_is_said_as_people_do() -> None:
    assert past(NOON - timedelta(hours=3), NOON, PARIS) == "à 09:00"
    assert past(NOON - timedelta(hours=20), NOON, PARIS) == "hier à 16:00"
    assert past(NOON - timedelta(hours=68), NOON, PARIS) == "le 17/11 à 16:00"
