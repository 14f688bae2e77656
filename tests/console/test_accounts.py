"""Logging in to the console, and what ends a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from console.accounts import Account
from console.audit import Entry
from console.gate import Needs, needs_of
from console.roles import Permission, Role
from tests.console.accountscene import PASSWORD, SAME_ORIGIN, TOKEN, Browser, House
from tests.console.adminscene import AdminScene
from tests.console.conftest import next_event
from tests.console.scene import Scene

Visit = Callable[[], Awaitable[Browser]]
OPEN_PAGES = {"/healthz", "/connexion", "/statique"}


def terminal(house: House, what: str, on: str) -> Entry:
    return Entry(house.clock(), "", None, "terminal", what, on=on)


async def test_every_route_says_what_it_needs(house: House) -> None:
    seen = set()
    town = AdminScene(house.scene.store)
    town.prepare()
    for app in (house.app(), house.scene.app(), town.app()):
        for route in app.router.routes():
            assert route.resource is not None
            needs = needs_of(route)
            assert needs is not None, f"{route} has no @require"
            if route.method not in ("GET", "HEAD"):
                assert needs.journal is not None, f"{route} says nothing of the journal"
            if needs.permission is Permission.PUBLIC:
                seen.add(route.resource.canonical)
    assert seen == OPEN_PAGES


async def test_a_route_that_says_nothing_is_refused_to_everybody(house: House) -> None:
    async def forgotten(_request: web.Request) -> web.Response:
        return web.Response(text="secret")

    for app in (house.app(), house.scene.app()):
        app.router.add_get("/oubli", forgotten)
        async with TestClient(TestServer(app)) as client:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with client.get("/oubli", headers=headers) as answer:
                assert answer.status == 403
                assert "secret" not in await answer.text()
    assert needs_of(next(iter(house.app().router.routes()))) == Needs(Permission.PUBLIC)


async def test_nothing_is_shown_before_log_in(visit: Visit) -> None:
    browser = await visit()
    for path in ("/", "/accueil", "/mur", "/sms", "/journal", "/compte"):
        where = "/connexion" if path == "/" else f"/connexion?suite={path}"
        assert await browser.get(path) == (303, where)
    for path in ("/api/calls", "/api/calls/c1", "/accueil/appels/c1", "/accueil/recherche?q=a"):
        status, said = await browser.get(path, {"Accept": "application/json"})
        assert status == 401
        assert "connecté" in said
    status, said = await browser.post("/accueil/appels/c1/prendre")
    assert (status, said) == (303, "/connexion")
    assert (await browser.get("/connexion"))[0] == 200
    assert (await browser.get("/healthz"))[0] == 200
    assert (await browser.get("/statique/style.css"))[0] == 200
    assert (await browser.get("/absent"))[0] == 404


async def test_programs_of_this_machine_read_the_figures_and_with_the_token_the_calls(
    visit: Visit, house: House
) -> None:
    browser = await visit()
    await house.scene.start("c1")
    assert (await browser.get("/metrics", {}))[0] == 200
    assert (await browser.get("/metrics", {"X-Forwarded-For": "192.0.2.7"}))[0] == 401
    for sent, status in ((TOKEN, 200), (TOKEN + "x", 401), ("", 401)):
        headers = {"Authorization": f"Bearer {sent}"}
        assert (await browser.get("/api/calls", headers))[0] == status
    headers = SAME_ORIGIN | {"Authorization": f"Bearer {TOKEN}"}
    assert (await browser.post("/accueil/appels/c1/prendre", headers))[0] == 403
    assert house.scene.desk.asked == []


async def test_who_logs_in_goes_on_to_where_they_wanted_to_go(visit: Visit, house: House) -> None:
    browser = await visit()
    status, page = await browser.get("/connexion?suite=%2Faccueil%3Fappel%3Dc1")
    assert 'value="/accueil?appel=c1"' in page
    assert await browser.log_in("marie", wanted="/accueil?appel=c1") == (303, "/accueil?appel=c1")
    status, page = await browser.get("/accueil")
    assert status == 200
    assert "Se déconnecter" in page
    assert await browser.get("/connexion") == (303, "/accueil")
    assert await house.journal() == [("marie", "connexion", "")]


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visit: Visit) -> None:
    browser = await visit()
    fields = {"nom": "marie", "mot_de_passe": PASSWORD}
    for headers, name, secure in (
        ({}, "callbot_session", False),
        ({"X-Forwarded-Proto": "https"}, "__Host-callbot_session", True),
    ):
        async with browser.session.post(
            browser.url + "/connexion",
            data=fields,
            headers=SAME_ORIGIN | headers,
            allow_redirects=False,
        ) as answer:
            sent = [line for line in answer.headers.getall("Set-Cookie") if "Max-Age" not in line]
        (line,) = sent
        assert line.startswith(f"{name}=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
        assert ("Secure" in line) is secure
        assert "Domain" not in line
        assert "expires" not in line.lower()


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(
    visit: Visit, house: House
) -> None:
    browser = await visit()
    wrong = await browser.log_in("marie", "pas le bon mot de passe")
    unknown = await browser.log_in("nadia", "pas le bon mot de passe")
    assert wrong[0] == unknown[0] == 403
    assert "Nom ou mot de passe incorrect." in wrong[1]
    assert wrong[1].replace("marie", "nadia") == unknown[1]
    assert browser.token == ""
    assert "pas le bon" not in wrong[1]
    # A password typed in the place of the name must not be kept.
    assert await house.journal() == [
        ("", "connexion.refusee", "marie"),
        ("", "connexion.refusee", ""),
    ]


async def test_an_unknown_name_costs_as_much_work(
    visit: Visit, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[bool] = []
    matches = house.passwords._matches

    def counted(kept: str, password: str) -> bool:
        verified.append(kept.startswith("$argon2id$v=19$m=8,t=1"))
        return matches(kept, password)

    monkeypatch.setattr(house.passwords, "_matches", counted)
    browser = await visit()
    await browser.log_in("marie", "faux")
    await browser.log_in("nadia", "faux")
    assert verified == [True, True]


async def test_who_guesses_waits_longer_and_longer_but_never_for_good(
    visit: Visit, house: House
) -> None:
    browser = await visit()
    for _ in range(3):
        assert (await browser.log_in("marie", "faux"))[0] == 403
    async with browser.session.post(
        browser.url + "/connexion",
        data={"nom": "marie", "mot_de_passe": PASSWORD},
        headers=SAME_ORIGIN,
    ) as answer:
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "2"
        assert "Réessayez dans 2 s" in await answer.text()
    house.clock.ahead += timedelta(seconds=2)
    assert (await browser.log_in("marie"))[0] == 303
    other = await visit()
    assert (await other.log_in("marie"))[0] == 303


async def test_guesses_through_a_web_server_are_counted_by_who_made_them(
    visit: Visit, house: House
) -> None:
    browser = await visit()
    guesser = SAME_ORIGIN | {"X-Forwarded-For": "10.0.0.1, 192.0.2.66"}
    for number in range(10):
        assert (await browser.log_in(f"compte{number}", "faux", headers=guesser))[0] == 403
    assert (await browser.log_in("marie", headers=guesser))[0] == 429
    colleague = SAME_ORIGIN | {"X-Forwarded-For": "192.0.2.66, 192.0.2.7"}
    assert (await browser.log_in("marie", headers=colleague))[0] == 303
    entries = await house.store.page(before=None, limit=1, who="marie", what="")
    assert entries[0].address == "192.0.2.7"


async def test_a_new_token_at_each_log_in_and_none_after_log_out(visit: Visit) -> None:
    browser = await visit()
    await browser.log_in("marie")
    first = browser.token
    await browser.log_in("marie")
    second = browser.token
    assert first != second
    thief = await visit()
    for token, status in ((first, 303), (second, 200)):
        thief.session.cookie_jar.update_cookies({"callbot_session": token})
        assert (await thief.get("/accueil"))[0] == status
    assert await browser.post("/deconnexion") == (303, "/connexion?sorti")
    assert browser.token == ""
    assert (await thief.get("/accueil"))[0] == 303
    assert "Vous êtes déconnecté" in (await browser.get("/connexion?sorti"))[1]


async def test_a_session_lasts_as_long_as_it_is_used_within_a_day_of_work(
    visit: Visit, house: House
) -> None:
    browser = await visit()
    await browser.log_in("marie")
    for _ in range(6):
        house.clock.ahead += timedelta(minutes=119)
        assert (await browser.get("/accueil"))[0] == 200
    house.clock.ahead += timedelta(minutes=10)
    assert (await browser.get("/accueil"))[0] == 303
    await browser.log_in("marie")
    house.clock.ahead += timedelta(minutes=120)
    assert (await browser.get("/accueil"))[0] == 303
    assert await house.store.purge(house.clock(), house.parts().session_limits) == 1


async def test_sessions_outlive_a_restart_of_the_console(house: House) -> None:
    async with TestClient(TestServer(house.app())) as client:
        browser = Browser(str(client.make_url("")))
        await browser.log_in("marie")
        token = browser.token
        await browser.session.close()
    async with TestClient(TestServer(house.app())) as client:
        client.session.cookie_jar.update_cookies({"callbot_session": token})
        async with client.get("/accueil") as answer:
            assert "Marie" in await answer.text()


async def test_a_changed_password_ends_every_other_session(visit: Visit, house: House) -> None:
    here, there = await visit(), await visit()
    for browser in (here, there):
        await browser.log_in("marie")
    old = here.token
    new = "deux hiboux dorment"
    changed = await here.post("/compte/mot-de-passe", actuel=PASSWORD, nouveau=new, encore=new)
    assert changed == (303, "/compte?fait=mot-de-passe")
    assert here.token != old
    assert "Mot de passe changé" in (await here.get("/compte?fait=mot-de-passe"))[1]
    assert (await there.get("/accueil"))[0] == 303
    assert (await there.log_in("marie"))[0] == 403
    assert (await there.log_in("marie", new))[0] == 303
    assert ("marie", "compte.mot_de_passe", "marie") in await house.journal()


@pytest.mark.parametrize(
    ("actuel", "nouveau", "encore", "word"),
    [
        ("faux", "deux hiboux dorment", "deux hiboux dorment", "actuel n’est pas le bon"),
        (PASSWORD, "deux hiboux dorment", "deux hiboux dormant", "pas les mêmes"),
        (PASSWORD, "bref-bref", "bref-bref", "trop court"),
        (PASSWORD, "je suis marie", "je suis marie", "nom du compte"),
    ],
)
async def test_a_password_that_is_not_changed(
    visit: Visit, actuel: str, nouveau: str, encore: str, word: str
) -> None:
    browser = await visit()
    await browser.log_in("marie")
    status, page = await browser.post(
        "/compte/mot-de-passe", actuel=actuel, nouveau=nouveau, encore=encore
    )
    assert status == 409
    assert word in page
    assert nouveau not in page
    assert (await browser.get("/compte"))[0] == 200


async def test_other_sessions_can_be_closed(visit: Visit, house: House) -> None:
    here, there = await visit(), await visit()
    for browser in (here, there):
        await browser.log_in("marie")
    assert await here.post("/compte/sessions") == (303, "/compte?fait=sessions")
    assert (await here.get("/accueil"))[0] == 200
    assert (await there.get("/accueil"))[0] == 303
    assert ("marie", "compte.sessions_fermees", "marie") in await house.journal()


async def test_a_changed_role_or_a_removed_account_counts_at_once(
    visit: Visit, house: House
) -> None:
    marie, chef = await visit(), await visit()
    await marie.log_in("marie")
    await chef.log_in("chef")
    entry = terminal(house, "compte.role", "marie")
    await house.store.update(Account("marie", "Marie", Role.READER), entry)
    assert (await marie.get("/accueil"))[0] == 303
    await house.add("second", Role.ADMIN)
    await house.store.remove("chef", terminal(house, "compte.supprime", "chef"))
    assert (await chef.get("/journal"))[0] == 303
    assert (await chef.log_in("chef"))[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://pirate.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/connexion", "/deconnexion", "/compte/sessions"])
async def test_no_other_site_can_act_in_ones_name(
    visit: Visit, house: House, path: str, headers: dict[str, str]
) -> None:
    browser = await visit()
    await browser.log_in("marie")
    status, _ = await browser.post(path, headers, nom="visiteur", mot_de_passe=PASSWORD)
    assert status == 403
    assert (await browser.get("/accueil"))[0] == 200
    assert await house.journal() == [("marie", "connexion", "")]


async def test_a_live_page_learns_that_its_session_has_ended(visit: Visit, house: House) -> None:
    browser, other = await visit(), await visit()
    headers = {"Accept": "text/event-stream"}
    async with browser.session.get(browser.url + "/accueil/direct", headers=headers) as answer:
        assert await next_event(answer, "connexion") == ("", "/connexion")
    await browser.log_in("marie")
    await other.log_in("marie")
    async with browser.session.get(browser.url + "/accueil/direct", headers=headers) as answer:
        await next_event(answer)
        await other.post("/compte/sessions")
        assert await next_event(answer, "connexion") == ("", "/connexion")


async def test_a_live_page_does_not_keep_a_session_alive(visit: Visit, house: House) -> None:
    browser = await visit()
    await browser.log_in("marie")
    house.clock.ahead += timedelta(minutes=90)
    headers = {"Accept": "text/event-stream"}
    async with browser.session.get(browser.url + "/accueil/direct", headers=headers) as answer:
        await next_event(answer, "pouls")
        house.clock.ahead += timedelta(minutes=31)
        assert await next_event(answer, "connexion") == ("", "/connexion")


async def test_a_full_disk_locks_nobody_out_who_is_in(
    visit: Visit, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, other = await visit(), await visit()
    await browser.log_in("marie")

    async def full(*_args: object, **_named: object) -> None:
        raise OSError("No space left on device")

    for name in ("touch", "add"):
        monkeypatch.setattr(house.store, name, full)
    house.clock.ahead += timedelta(minutes=5)
    assert (await browser.get("/accueil"))[0] == 200
    assert (await other.log_in("marie", "faux"))[0] == 403
    assert (await other.log_in("marie"))[0] == 303
    monkeypatch.setattr(house.store, "start", full)
    status, page = await other.log_in("marie")
    assert status == 403
    assert "n’a pas pu être enregistrée" in page


async def test_without_accounts_the_machine_itself_is_the_administrator(tmp_path: object) -> None:
    scene = await Scene.open(tmp_path)  # type: ignore[arg-type]
    async with TestClient(TestServer(scene.app())) as client:
        async with client.get("/compte") as answer:
            assert "sans mot de passe" in await answer.text()
        for header in ("X-Forwarded-For", "Forwarded", "Via"):
            headers = {header: "192.0.2.7", "Accept": "text/html"}
            async with client.get("/accueil", headers=headers) as answer:
                assert answer.status == 403
                assert "connexion: comptes" in await answer.text()
        async with client.get("/connexion", allow_redirects=False) as answer:
            assert answer.status == 303
        async with client.post("/connexion", headers=SAME_ORIGIN) as answer:
            assert answer.status == 405
    await scene.store.close()
