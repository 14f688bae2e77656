"""Log-in through the town's directory, beside the accounts of the callbot itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer

from console.accounts import Account, AccountError
from console.audit import Entry
from console.directory import DirectoryBusyError, DirectoryError, Member
from console.roles import Role
from tests.console.accountscene import PASSWORD, SAME_ORIGIN, Browser, House
from tests.console.htmlform import fields_of

SECRET = "mot de passe de la mairie"
NADIA = Account("nadia", "Nadia Petit", Role.RECEPTION, directory=True)


@dataclass
class Town:
    """A directory of one's own making."""

    members: dict[str, Member] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    trouble: Exception | None = None

    async def member(self, name: str, password: str) -> Member | None:
        self.asked.append(name)
        if self.trouble is not None:
            raise self.trouble
        return self.members.get(name) if password == SECRET else None


@pytest.fixture
def town(house: House) -> Town:
    town = Town({"nadia": Member("Nadia Petit", Role.RECEPTION), "lea": Member("Léa", None)})
    house.directory = town
    return town


@pytest.fixture
async def browser(house: House, town: Town) -> AsyncIterator[Browser]:
    async with visiting(house) as browser:
        yield browser


@asynccontextmanager
async def visiting(house: House) -> AsyncIterator[Browser]:
    """Return a browser before a console of its own."""
    server = TestServer(house.app())
    await server.start_server()
    browser = Browser(f"http://127.0.0.1:{server.port}")
    yield browser
    await browser.session.close()
    await server.close()


async def test_the_first_log_in_makes_an_account_without_password(
    browser: Browser, house: House
) -> None:
    assert "ordinateur de la mairie" in (await browser.get("/connexion"))[1]
    assert await browser.log_in("Nadia ", SECRET) == (303, "/accueil")
    assert (await browser.get("/accueil"))[0] == 200
    assert (await browser.get("/comptes"))[0] == 403
    assert await house.store.account("nadia") == NADIA
    assert await house.store.secret("nadia") == ""
    await browser.log_in("nadia", SECRET)
    assert await house.journal() == [
        ("nadia", "compte.cree", "nadia"),
        ("nadia", "connexion", ""),
        ("nadia", "acces.refuse", "/comptes"),
        ("nadia", "connexion", ""),
    ]
    entries = await house.store.page(before=None, limit=9, who="", what="compte.cree")
    assert entries[0].detail == "accueil, annuaire"


async def test_a_directory_account_is_of_no_use_without_the_directory(
    browser: Browser, house: House
) -> None:
    await browser.log_in("nadia", SECRET)
    house.directory = None
    async with visiting(house) as other:
        for password in (SECRET, "", " "):
            assert (await other.log_in("nadia", password))[0] in (403, 429)


async def test_a_changed_group_counts_from_the_next_log_in(
    browser: Browser, house: House, town: Town
) -> None:
    await browser.log_in("nadia", SECRET)
    town.members["nadia"] = Member("Nadia Petit-Roux\n", Role.EDITOR)
    async with visiting(house) as other:
        await other.log_in("nadia", SECRET)
        assert (await browser.get("/accueil"))[0] == 303
        assert (await other.get("/accueil"))[0] == 200
    kept = await house.store.account("nadia")
    assert kept == Account("nadia", "Nadia Petit-Roux", Role.EDITOR, directory=True)
    entries = await house.store.page(before=None, limit=9, who="", what="compte.role")
    assert [(one.who, one.detail) for one in entries] == [("nadia", "editeur, annuaire")]


@pytest.mark.parametrize(
    ("name", "password", "word"),
    [
        ("nadia", "faux", "Nom ou mot de passe incorrect"),
        ("absent", SECRET, "Nom ou mot de passe incorrect"),
        ("lea", SECRET, "aucun de vos groupes"),
    ],
)
async def test_nothing_is_kept_of_who_is_not_let_in(
    browser: Browser, house: House, name: str, password: str, word: str
) -> None:
    status, page = await browser.log_in(name, password)
    assert status == 403
    assert word in page
    assert await house.store.account(name) is None
    assert await house.journal() == [("", "connexion.refusee", "")]


@pytest.mark.parametrize(
    ("name", "password"),
    [("nadia", ""), ("nadia", "  "), ("na dia", SECRET), ("*", SECRET), ("a)(b=*", SECRET)],
)
async def test_what_cannot_be_right_is_never_asked(
    browser: Browser, town: Town, name: str, password: str
) -> None:
    assert (await browser.log_in(name, password))[0] == 403
    assert town.asked == []


async def test_an_account_of_the_callbot_comes_before_the_directory(
    browser: Browser, house: House, town: Town
) -> None:
    town.members["chef"] = Member("Pirate", Role.ADMIN)
    assert (await browser.log_in("chef", SECRET))[0] == 403
    assert (await browser.log_in("chef", PASSWORD))[0] == 303
    assert town.asked == []
    with pytest.raises(AccountError, match="compte du callbot"):
        await house.store.keep_from_directory(
            Account("chef", "Pirate", Role.ADMIN), Entry(house.clock(), "", None, "", "compte.cree")
        )


async def test_while_the_directory_is_down_the_accounts_of_the_callbot_work(
    browser: Browser, house: House, town: Town
) -> None:
    await browser.log_in("nadia", SECRET)
    town.trouble = DirectoryError()
    async with visiting(house) as other:
        for name in ("nadia", "absent"):
            status, page = await other.log_in(name, SECRET)
            assert status == 403
            assert "L’annuaire de la mairie ne répond pas" in page
        assert (await browser.get("/accueil"))[0] == 200
        assert (await other.log_in("chef"))[0] == 303
    refused = await house.store.page(before=None, limit=9, who="", what="connexion.refusee")
    assert [(one.on, one.detail) for one in refused] == [("", "annuaire"), ("nadia", "annuaire")]
    town.trouble = DirectoryBusyError()
    assert "Trop de connexions" in (await browser.log_in("absent", SECRET))[1]


async def test_who_guesses_waits_and_the_directory_is_left_alone(
    browser: Browser, house: House, town: Town
) -> None:
    for _ in range(3):
        assert (await browser.log_in("nadia", "faux"))[0] == 403
    assert (await browser.log_in("nadia", SECRET))[0] == 429
    assert town.asked == ["nadia"] * 3
    house.clock.ahead += timedelta(seconds=3)
    assert (await browser.log_in("nadia", SECRET))[0] == 303


async def test_a_locked_account_stays_out_whatever_the_directory_says(
    browser: Browser, house: House
) -> None:
    await browser.log_in("nadia", SECRET)
    async with visiting(house) as chef:
        await chef.log_in("chef")
        await chef.post("/comptes/nadia/verrouiller")
        assert "il reviendrait" in (await chef.get("/comptes/nadia"))[1]
    assert (await browser.get("/accueil"))[0] == 303
    assert "verrouillé" in (await browser.log_in("nadia", SECRET))[1]


async def test_only_the_desk_of_a_directory_account_is_changed_here(
    browser: Browser, house: House
) -> None:
    await browser.log_in("nadia", SECRET)
    own = (await browser.get("/compte"))[1]
    assert "votre mot de passe s’y change" in own
    assert 'action="/compte/mot-de-passe"' not in own
    fields = {"actuel": SECRET, "nouveau": PASSWORD, "encore": PASSWORD}
    status, page = await browser.post("/compte/mot-de-passe", SAME_ORIGIN, **fields)
    assert status == 409
    assert "annuaire" in page
    async with visiting(house) as chef:
        await chef.log_in("chef")
        page = (await chef.get("/comptes/nadia"))[1]
        assert dict(fields_of(page, "/comptes/nadia/modifier")) == {"agent": ""}
        assert "/comptes/nadia/mot-de-passe" not in page
        asked = {"agent": "paul", "role": "administrateur", "affiche": "Pirate"}
        await chef.post("/comptes/nadia/modifier", SAME_ORIGIN, **asked)
        assert (await chef.post("/comptes/nadia/mot-de-passe"))[0] == 409
    await browser.log_in("nadia", SECRET)
    kept = await house.store.account("nadia")
    assert kept == Account("nadia", "Nadia Petit", Role.RECEPTION, "paul", directory=True)


async def test_an_administrator_of_the_directory_is_not_the_one_for_emergencies(
    browser: Browser, house: House, town: Town
) -> None:
    town.members["nadia"] = Member("Nadia", Role.ADMIN)
    await browser.log_in("nadia", SECRET)
    status, page = await browser.post("/comptes/chef/verrouiller")
    assert status == 409
    assert "dernier administrateur" in page
    entry = Entry(house.clock(), "", None, "terminal", "compte.role")
    with pytest.raises(AccountError, match="groupes de l'annuaire"):
        await house.store.update(Account("nadia", "Nadia", Role.READER), entry)
    with pytest.raises(AccountError, match="celui de l'annuaire"):
        await house.store.change_secret("nadia", "hash", entry)
