"""What each role sees and may do, and what the journal keeps of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from console.audit import ACTIONS, Entry
from console.roles import Role
from tests.console.accountscene import SAME_ORIGIN, Browser, House
from tests.console.scene import a_callback, a_message, a_text, now

Visit = Callable[[], Awaitable[Browser]]
NAMES = {Role.ADMIN: "chef", Role.EDITOR: "plume", Role.RECEPTION: "marie", Role.READER: "visiteur"}
SCRIPT = SAME_ORIGIN | {"Accept": "application/json"}


async def a_day(house: House) -> None:
    """An ended call, one that waits, a call-back, a failed text and a voice message."""
    scene = house.scene
    for call in ("c1", "c2"):
        await scene.start(call)
        await scene.turn(call, 1, "mon passeport", "Sur rendez-vous.")
    await scene.end("c1", "answered", "etat_civil")
    scene.wait("c2")
    scene.promise(a_callback("r1"))
    scene.outbox.change(a_text("s1", "failed", call="c1"))
    scene.messages.leave(a_message("m1", "c1"))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/accueil/appels/c2/prendre", {Role.ADMIN, Role.RECEPTION}),
        ("/accueil/appels/c1/note", {Role.ADMIN, Role.RECEPTION}),
        ("/accueil/presence", {Role.ADMIN, Role.RECEPTION}),
        ("/accueil/rappels/r1/fait", {Role.ADMIN, Role.RECEPTION}),
        ("/accueil/messages/m1/fait", {Role.ADMIN, Role.RECEPTION}),
        ("/sms/s1/renvoyer", {Role.ADMIN, Role.RECEPTION}),
    ],
)
async def test_only_reception_and_administrators_act(
    visit: Visit, house: House, path: str, allowed: set[Role]
) -> None:
    await a_day(house)
    for role, name in NAMES.items():
        browser = await visit()
        await browser.log_in(name)
        status, said = await browser.post(path, SCRIPT, texte="vu", etat="break")
        assert (status != 403) is (role in allowed), said
        if role not in allowed:
            assert "Votre rôle ne permet pas" in said
    refused = [entry for entry in await house.journal() if entry[1] == "acces.refuse"]
    assert refused == [("plume", "acces.refuse", path), ("visiteur", "acces.refuse", path)]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", set(Role)),
        ("/accueil", set(Role)),
        ("/mur", set(Role)),
        ("/sms", set(Role)),
        ("/api/calls", set(Role)),
        ("/metrics", set(Role)),
        ("/compte", set(Role)),
        ("/journal", {Role.ADMIN}),
        ("/accueil/messages/m1.wav", {Role.ADMIN, Role.RECEPTION}),
    ],
)
async def test_pages_by_role(visit: Visit, house: House, path: str, allowed: set[Role]) -> None:
    await a_day(house)
    for role, name in NAMES.items():
        browser = await visit()
        await browser.log_in(name)
        status, page = await browser.get(path)
        assert status == (200 if role in allowed else 403)
        if role not in allowed:
            assert "Page réservée" in page


async def test_a_reader_is_offered_nothing_to_do(visit: Visit, house: House) -> None:
    await a_day(house)
    reader, marie = await visit(), await visit()
    await reader.log_in("visiteur")
    await marie.log_in("marie")
    for path in ("/accueil?appel=c1", "/accueil?appel=c2", "/sms", "/accueil/appels/c1"):
        page = (await reader.get(path))[1]
        assert "mon passeport" in page or "Mairie de Valbrune" in page
        forms = page.count('method="post"')
        assert forms == page.count('action="/deconnexion"')
        assert "<audio" not in page
        assert (await marie.get(path))[1].count('method="post"') > forms


async def test_whole_numbers_are_for_reception_only(tmp_path: Path) -> None:
    house = await House.open(tmp_path, full_numbers=True)
    await a_day(house)
    async with TestClient(TestServer(house.app())) as client:
        for name in NAMES.values():
            browser = Browser(str(client.make_url("")))
            await browser.log_in(name)
            paths = ("/", "/accueil", "/accueil?appel=c1", "/sms", "/api/calls", "/api/calls/c1")
            for path in (*paths, "/accueil/appels/c2", "/accueil/recherche?q=passeport"):
                page = (await browser.get(path))[1].replace(" ", "")
                whole = "0612345678" in page
                assert whole is (name in ("chef", "marie")), (name, path)
                assert "78" in page
            await browser.session.close()
    seen = [entry for entry in await house.journal() if entry[1] == "appel.numero"]
    assert seen == [
        (who, "appel.numero", call) for who in ("chef", "marie") for call in ("c1", "c2")
    ]
    await house.close()


async def test_nobody_sees_whole_numbers_where_the_town_masks_them(
    visit: Visit, house: House
) -> None:
    await a_day(house)
    chef = await visit()
    await chef.log_in("chef")
    for path in ("/", "/accueil?appel=c1", "/accueil?appel=c2", "/api/calls"):
        page = (await chef.get(path))[1].replace(" ", "")
        assert "0612345678" not in page
    assert "appel.numero" not in [what for _, what, _ in await house.journal()]


async def test_the_account_says_who_one_is_whatever_the_browser_claims(
    visit: Visit, house: House
) -> None:
    await a_day(house)
    marie, plume = await visit(), await visit()
    await marie.log_in("marie")
    for browser in (marie, plume):
        browser.session.cookie_jar.update_cookies({"callbot_agent": "paul"})
    assert "Je suis" not in (await marie.get("/accueil"))[1]
    assert (await marie.post("/accueil/appels/c2/prendre", SCRIPT))[0] == 200
    assert house.scene.desk.asked == [("take", "c2", "marie")]
    status, page = await marie.post("/accueil/agent", agent="paul")
    assert status == 409
    assert "dit déjà qui vous êtes" in page


async def test_without_a_telephone_of_ones_own_no_call_is_taken(visit: Visit, house: House) -> None:
    await a_day(house)
    chef = await visit()
    await chef.log_in("chef")
    assert "lié à aucun poste" in (await chef.get("/accueil"))[1]
    status, said = await chef.post("/accueil/appels/c2/prendre", SCRIPT)
    assert status == 409
    assert "lié à aucun poste" in said
    assert house.scene.desk.asked == []
    assert (await chef.post("/accueil/appels/c1/note", SCRIPT, texte="À revoir."))[0] == 200
    notes = (await house.scene.store.follow_up("c1")).notes
    assert [(note.author, note.text) for note in notes] == [("Chef", "À revoir.")]


async def test_what_is_done_is_written_down_and_what_fails_is_not(
    visit: Visit, house: House
) -> None:
    await a_day(house)
    marie = await visit()
    await marie.log_in("marie")
    assert (await marie.post("/accueil/appels/c1/note", SCRIPT, texte="Rappelée."))[0] == 200
    assert (await marie.post("/accueil/appels/c1/note", SCRIPT, texte=""))[0] == 409
    assert (await marie.post("/accueil/appels/c1/faux", tour="1", motif="Autre"))[0] == 303
    assert (await marie.post("/accueil/rappels/r1/fait", SCRIPT))[0] == 200
    assert (await marie.post("/accueil/rappels/r1/absent", SCRIPT))[0] == 404
    assert (await marie.post("/accueil/messages/m1/fait", SCRIPT))[0] == 200
    assert (await marie.post("/sms/s1/renvoyer", SCRIPT))[0] == 200
    assert (await marie.get("/accueil/messages/m1.wav"))[0] == 200
    assert (await marie.post("/accueil/presence", SCRIPT, etat="break"))[0] == 200
    await marie.post("/deconnexion")
    done = [(what, on) for who, what, on in await house.journal() if who == "marie"]
    assert done == [
        ("connexion", ""),
        ("appel.note", "c1"),
        ("appel.faux", "c1"),
        ("rappel.fait", "r1"),
        ("message.fait", "m1"),
        ("sms.renvoyer", "s1"),
        ("message.ecoute", "m1"),
        ("deconnexion", ""),
    ]
    assert {what for what, _ in done} <= set(ACTIONS)


async def test_an_action_is_done_even_when_the_journal_cannot_be_written(
    visit: Visit, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_day(house)
    marie = await visit()
    await marie.log_in("marie")

    async def full(_entry: Entry) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(house.store, "add", full)
    assert (await marie.post("/accueil/appels/c2/prendre", SCRIPT))[0] == 200
    assert house.scene.desk.asked == [("take", "c2", "marie")]


async def test_the_journal_is_read_by_pages_and_sorted(visit: Visit, house: House) -> None:
    chef = await visit()
    await chef.log_in("chef")
    for number in range(250):
        at = now() - timedelta(minutes=number)
        who = "paul" if number % 50 == 0 else "marie"
        await house.store.add(
            Entry(at, who, Role.RECEPTION, "192.0.2.7", "appel.note", on=f"appel-{number}")
        )
    first = (await chef.get("/journal"))[1]
    assert first.count("<tr>") == 101
    assert "appel-249" in first
    assert "Note ajoutée" in first
    address = first.partition('href="/journal?avant=')[2].partition('"')[0]
    second = (await chef.get(f"/journal?avant={address}"))[1]
    assert second.count("<tr>") == 101
    assert not {
        f"appel-{n}<" for n in range(250) if f"appel-{n}<" in first and f"appel-{n}<" in second
    }
    assert "Les plus récentes" in second
    paul = (await chef.get("/journal?qui=paul&quoi=appel"))[1]
    assert paul.count("<tr>") == 6
    assert "Plus anciennes" not in paul
    assert "Rien à montrer" in (await chef.get("/journal?qui=paul&quoi=sms"))[1]
    assert (await chef.get("/journal?avant=x&qui=%27--&quoi=%25"))[0] == 200


async def test_what_stands_in_the_journal_is_never_markup(visit: Visit, house: House) -> None:
    hostile = "<script>alert(1)</script>"
    await house.store.add(Entry(now(), hostile, None, hostile, hostile, hostile, hostile))
    chef = await visit()
    await chef.log_in("chef")
    for path in ("/journal", f"/journal?qui={hostile}", f"/connexion?suite={hostile}"):
        assert "<script>alert" not in (await chef.get(path))[1]
    status, page = await (await visit()).log_in(hostile, hostile, wanted=hostile)
    assert status == 403
    assert "<script>alert" not in page
