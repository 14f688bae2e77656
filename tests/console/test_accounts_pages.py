"""Accounts managed in the browser by an administrator."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from console.accounts import Account
from console.audit import ACTIONS
from console.passwords import MAX_WAITING
from console.roles import Role
from tests.console.accountscene import PASSWORD, SAME_ORIGIN, Browser, House
from tests.console.conftest import next_event
from tests.console.htmlform import fields_of, filled

Visit = Callable[[], Awaitable[Browser]]
SECRET = re.compile(r"<code>([a-z0-9-]{24})</code>")
NADIA = {"nom": "Nadia.Petit", "affiche": "Nadia Petit", "role": "accueil", "agent": "paul"}


def secret(page: str) -> str:
    found = SECRET.search(page)
    assert found is not None
    return found[1]


async def chef(visit: Visit) -> Browser:
    browser = await visit()
    assert (await browser.log_in("chef"))[0] == 303
    return browser


async def test_a_colleague_gets_an_account_and_gets_in_with_it(visit: Visit, house: House) -> None:
    browser = await chef(visit)
    assert 'href="/comptes"' in (await browser.get("/compte"))[1]
    status, page = await browser.post("/nouveau-compte", SAME_ORIGIN, **NADIA)
    assert status == 200
    password = secret(page)
    assert await house.store.account("nadia.petit") == Account(
        "nadia.petit", "Nadia Petit", Role.RECEPTION, "paul"
    )
    for path in ("/comptes", "/comptes/nadia.petit"):
        seen = (await browser.get(path))[1]
        assert "Nadia Petit" in seen
        assert password not in seen
    assert "Paul N’Diaye" in (await browser.get("/comptes"))[1]
    nadia = await visit()
    assert await nadia.log_in("nadia.petit", password) == (303, "/accueil")
    assert await house.journal() == [
        ("chef", "connexion", ""),
        ("chef", "compte.cree", "nadia.petit"),
        ("nadia.petit", "connexion", ""),
    ]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"nom": "marie"}, "existe déjà"),
        ({"nom": "Marie "}, "existe déjà"),
        ({"nom": "a b"}, "nom de compte"),
        ({"nom": "<b>"}, "nom de compte"),
        ({"nom": ""}, "nom de compte"),
        ({"affiche": " "}, "nom affiché"),
        ({"role": ""}, "Choisissez un rôle"),
        ({"role": "roi"}, "Choisissez un rôle"),
        ({"agent": "zorro"}, "pas inscrit"),
    ],
)
async def test_what_cannot_be_created_says_why_and_keeps_what_was_typed(
    visit: Visit, house: House, changes: dict[str, str], word: str
) -> None:
    browser = await chef(visit)
    status, page = await browser.post("/nouveau-compte", SAME_ORIGIN, **(NADIA | changes))
    assert status == 409
    assert word in page
    assert "<b>" not in page
    form = fields_of(page, "/nouveau-compte")
    typed = NADIA | changes
    assert (form["nom"], form["affiche"]) == (typed["nom"], typed["affiche"])
    assert len(await house.store.rows()) == 4
    assert await house.journal() == [("chef", "connexion", "")]


async def test_too_many_passwords_at_once_make_no_account(visit: Visit, house: House) -> None:
    browser = await chef(visit)
    house.passwords._waiting = MAX_WAITING
    for path in ("/nouveau-compte", "/comptes/marie/mot-de-passe"):
        status, page = await browser.post(path, SAME_ORIGIN, **NADIA)
        assert status == 409
        assert "Trop de connexions" in page
    house.passwords._waiting = 0
    assert len(await house.store.rows()) == 4


async def test_a_new_password_takes_the_place_of_the_old(visit: Visit, house: House) -> None:
    browser, marie = await chef(visit), await visit()
    await marie.log_in("marie")
    status, page = await browser.post("/comptes/marie/mot-de-passe")
    assert status == 200
    assert (await marie.get("/accueil"))[0] == 303
    assert (await marie.log_in("marie"))[0] == 403
    assert (await marie.log_in("marie", secret(page)))[0] == 303
    assert ("chef", "compte.mot_de_passe", "marie") in await house.journal()


async def test_a_role_and_a_desk_are_changed(visit: Visit, house: House) -> None:
    browser, marie = await chef(visit), await visit()
    await marie.log_in("marie")
    page = (await browser.get("/comptes/marie"))[1]
    form = fields_of(page, "/comptes/marie/modifier")
    assert dict(form) == {"affiche": "Marie", "role": "accueil", "agent": "marie"}
    unchanged = await browser.post("/comptes/marie/modifier", SAME_ORIGIN, **dict(form))
    assert unchanged == (303, "/comptes/marie?fait=modifie")
    assert (await marie.get("/accueil"))[0] == 200
    changed = dict(filled(form, role="editeur", agent=""))
    await browser.post("/comptes/marie/modifier", SAME_ORIGIN, **changed)
    assert (await marie.get("/accueil"))[0] == 303
    await browser.post(
        "/comptes/marie/modifier", SAME_ORIGIN, **(changed | {"affiche": "Marie D."})
    )
    assert await house.store.account("marie") == Account("marie", "Marie D.", Role.EDITOR)
    entries = await house.store.page(before=None, limit=2, who="chef", what="compte")
    assert [(one.what, one.detail) for one in entries] == [
        ("compte.modifie", ""),
        ("compte.role", "editeur"),
    ]
    assert {one.what for one in entries} <= set(ACTIONS)


async def test_a_member_of_staff_who_left_the_file_stays_linked(visit: Visit, house: House) -> None:
    await house.add("lea", Role.RECEPTION, "lea")
    browser = await chef(visit)
    page = (await browser.get("/comptes/lea"))[1]
    form = fields_of(page, "/comptes/lea/modifier")
    assert form["agent"] == "lea"
    await browser.post("/comptes/lea/modifier", SAME_ORIGIN, **dict(filled(form, affiche="Léa")))
    assert await house.store.account("lea") == Account("lea", "Léa", Role.RECEPTION, "lea")


async def test_a_locked_account_is_out_at_once_until_it_is_unlocked(
    visit: Visit, house: House
) -> None:
    browser, marie = await chef(visit), await visit()
    await marie.log_in("marie")
    headers = {"Accept": "text/event-stream"}
    async with marie.session.get(marie.url + "/accueil/direct", headers=headers) as stream:
        await next_event(stream)
        await browser.post("/comptes/marie/verrouiller")
        assert await next_event(stream, "connexion") == ("", "/connexion")
    assert (await marie.get("/accueil"))[0] == 303
    assert "Nom ou mot de passe incorrect" in (await marie.log_in("marie", "faux"))[1]
    status, page = await marie.log_in("marie")
    assert status == 403
    assert "Ce compte est verrouillé" in page
    assert (await marie.get("/accueil"))[0] == 303
    assert "verrouillé" in (await browser.get("/comptes"))[1]
    await browser.post("/comptes/marie/deverrouiller")
    assert (await marie.log_in("marie"))[0] == 303
    entries = await house.store.page(before=None, limit=9, who="", what="connexion")
    assert [one.detail for one in entries if one.what == "connexion.refusee"] == ["verrouillé", ""]
    assert [entry for entry in await house.journal() if entry[1].startswith("compte")] == [
        ("chef", "compte.verrouille", "marie"),
        ("chef", "compte.deverrouille", "marie"),
    ]


async def test_only_a_locked_account_is_removed(visit: Visit, house: House) -> None:
    browser = await chef(visit)
    status, page = await browser.post("/comptes/marie/supprimer")
    assert status == 409
    assert "Verrouillez d’abord" in page
    await browser.post("/comptes/marie/verrouiller")
    assert await browser.post("/comptes/marie/supprimer") == (303, "/comptes?fait=supprime")
    assert "Compte supprimé" in (await browser.get("/comptes?fait=supprime"))[1]
    assert await house.store.account("marie") is None


async def test_nobody_locks_or_demotes_themselves_nor_the_last_administrator(
    visit: Visit, house: House
) -> None:
    browser = await chef(visit)
    await house.add("second", Role.ADMIN)
    fields = {"affiche": "Chef", "role": "lecture", "agent": ""}
    for path, word in (
        ("modifier", "votre propre rôle"),
        ("verrouiller", "votre propre compte"),
        ("mot-de-passe", "Mon compte"),
    ):
        status, page = await browser.post(f"/comptes/chef/{path}", SAME_ORIGIN, **fields)
        assert status == 409
        assert word in page
    second = await visit()
    await second.log_in("second")
    await browser.post("/comptes/second/verrouiller")
    assert (await second.get("/comptes"))[0] == 303
    await browser.post("/comptes/second/modifier", SAME_ORIGIN, **fields)
    account = await house.store.account("chef")
    assert account is not None
    assert account.role is Role.ADMIN
    assert [one for one in await house.journal() if one[1].startswith("compte")] == [
        ("chef", "compte.verrouille", "second"),
        ("chef", "compte.role", "second"),
    ]


async def test_two_administrators_cannot_lock_each_other(visit: Visit, house: House) -> None:
    await house.add("second", Role.ADMIN)
    first, second = await chef(visit), await visit()
    await second.log_in("second")
    await first.post("/comptes/second/verrouiller")
    assert (await second.post("/comptes/chef/verrouiller"))[1] == "/connexion"
    account = await house.store.account("chef")
    assert account is not None
    assert not account.locked


@pytest.mark.parametrize("name", ["plume", "marie", "visiteur"])
async def test_accounts_are_for_administrators(visit: Visit, house: House, name: str) -> None:
    browser = await visit()
    await browser.log_in(name)
    assert 'href="/comptes"' not in (await browser.get("/compte"))[1]
    for path in ("/comptes", "/comptes/chef", "/nouveau-compte"):
        assert (await browser.get(path))[0] == 403
    before = await house.store.rows()
    assert (await browser.post("/nouveau-compte", SAME_ORIGIN, **NADIA))[0] == 403
    for action in ("modifier", "mot-de-passe", "verrouiller", "deverrouiller", "supprimer"):
        assert (await browser.post(f"/comptes/chef/{action}", SAME_ORIGIN, **NADIA))[0] == 403
    assert await house.store.rows() == before


async def test_no_other_site_manages_accounts(visit: Visit, house: House) -> None:
    browser = await chef(visit)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://pirate.example"}):
        assert (await browser.post("/nouveau-compte", headers, **NADIA))[0] == 403
        for action in ("modifier", "mot-de-passe", "verrouiller", "supprimer"):
            assert (await browser.post(f"/comptes/marie/{action}", headers))[0] == 403
    assert await house.journal() == [("chef", "connexion", "")]


async def test_an_account_that_does_not_exist(visit: Visit) -> None:
    browser = await chef(visit)
    for path in ("/comptes/absent", "/comptes/A", "/comptes/x%27--"):
        assert (await browser.get(path))[0] == 404
    for action in ("modifier", "mot-de-passe", "verrouiller", "deverrouiller", "supprimer"):
        status, _ = await browser.post(f"/comptes/absent/{action}", SAME_ORIGIN, **NADIA)
        assert status == 404


async def test_names_are_never_markup(visit: Visit) -> None:
    browser = await chef(visit)
    hostile = "<script>alert(1)</script>"
    await browser.post("/nouveau-compte", SAME_ORIGIN, **(NADIA | {"affiche": hostile}))
    for path in ("/comptes", "/comptes/nadia.petit"):
        assert hostile not in (await browser.get(path))[1]


async def test_the_password_of_an_account_is_nowhere_on_disk(visit: Visit, house: House) -> None:
    browser = await chef(visit)
    made = secret((await browser.post("/nouveau-compte", SAME_ORIGIN, **NADIA))[1])
    kept = await house.store.secret("nadia.petit")
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert made not in kept
    assert await house.passwords.verify(kept, made)
    assert not await house.passwords.verify(kept, PASSWORD)
