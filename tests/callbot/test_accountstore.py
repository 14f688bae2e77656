"""Accounts, sessions and the journal on disk."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callbot.accountrecords import MIGRATIONS
from callbot.accountstore import AccountStore
from callbot.database import DatabaseError
from callbot.schema import instant
from console.accounts import Account, AccountError
from console.audit import Entry
from console.roles import Role
from console.sessions import SessionLimits

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIMITS = SessionLimits(timedelta(hours=2), timedelta(hours=12))
MARIE = Account("marie", "Marie Dupont", Role.RECEPTION, "marie")
CHEF = Account("chef", "Chef", Role.ADMIN)


def entry(what: str = "compte.cree", on: str = "", at: datetime = NOON) -> Entry:
    return Entry(at, "root", None, "terminal", what, on=on)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AccountStore]:
    opened = await AccountStore.open(tmp_path / "comptes.sqlite3")
    await opened.create(CHEF, "hash-chef", entry(on="chef"))
    await opened.create(MARIE, "hash-marie", entry(on="marie"))
    yield opened
    await opened.close()


async def whats(store: AccountStore) -> list[tuple[str, str]]:
    found = await store.page(before=None, limit=100, who="", what="")
    return [(one.what, one.on) for one in reversed(found)]


async def test_only_its_owner_reads_the_file(store: AccountStore, tmp_path: Path) -> None:
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes["comptes.sqlite3"] == 0o600
    assert set(modes.values()) == {0o600}


async def test_accounts_come_back_as_they_were_kept(store: AccountStore) -> None:
    assert await store.account("marie") == MARIE
    assert await store.secret("marie") == "hash-marie"
    assert await store.account("nadia") is None
    assert await store.secret("nadia") is None
    assert [row.account.name for row in await store.rows()] == ["chef", "marie"]
    with pytest.raises(AccountError, match="existe déjà"):
        await store.create(MARIE, "other", entry(on="marie"))
    assert await store.secret("marie") == "hash-marie"
    assert await whats(store) == [("compte.cree", "chef"), ("compte.cree", "marie")]


async def test_a_session_ends_with_the_password_the_role_and_the_account(
    store: AccountStore,
) -> None:
    async def begin() -> None:
        await store.start("k", "marie", NOON)
        assert await store.find("k") is not None

    await begin()
    await store.change_secret("marie", "new", entry("compte.mot_de_passe"))
    assert await store.find("k") is None
    await begin()
    await store.update(Account("marie", "Marie", Role.READER), entry("compte.role"))
    assert await store.find("k") is None
    await begin()
    await store.renew_hash("marie", "outdated", "never")
    await store.renew_hash("marie", "new", "newer")
    assert await store.secret("marie") == "newer"
    assert await store.find("k") is not None
    await store.remove("marie", entry("compte.supprime"))
    assert await store.find("k") is None
    await store.create(MARIE, "hash", entry())
    assert await store.find("k") is None


async def test_a_new_session_takes_the_place_of_the_one_before(store: AccountStore) -> None:
    await store.start("old", "marie", NOON)
    await store.start("other", "marie", NOON)
    await store.start("new", "marie", NOON + timedelta(hours=1), instead_of="old")
    assert await store.find("old") is None
    found = await store.find("new")
    assert found is not None
    assert (found.account, found.started_at) == (MARIE, NOON + timedelta(hours=1))
    rows = {row.account.name: row for row in await store.rows()}
    assert (rows["marie"].sessions, rows["marie"].last_login) == (2, NOON + timedelta(hours=1))
    assert rows["chef"].last_login is None
    assert await store.end_of("marie", but="new") == 1
    await store.end("new")
    assert await store.find("new") is None


async def test_sessions_that_are_over_are_forgotten(store: AccountStore) -> None:
    await store.start("idle", "marie", NOON)
    await store.start("used", "marie", NOON)
    await store.start("old", "chef", NOON - timedelta(hours=12))
    later = NOON + timedelta(hours=2)
    await store.touch("used", NOON + timedelta(minutes=1))
    await store.touch("old", later)
    assert await store.purge(later, LIMITS) == 2
    assert await store.find("used") is not None


async def test_there_is_always_an_administrator(store: AccountStore) -> None:
    with pytest.raises(AccountError, match="dernier administrateur"):
        await store.remove("chef", entry("compte.supprime"))
    with pytest.raises(AccountError, match="dernier administrateur"):
        await store.update(Account("chef", "Chef", Role.READER), entry("compte.role"))
    for work in (
        store.remove("nadia", entry()),
        store.change_secret("nadia", "x", entry()),
        store.update(Account("nadia", "Nadia", Role.ADMIN), entry()),
    ):
        with pytest.raises(AccountError, match="pas de compte"):
            await work
    # What is refused is not written down either.
    assert len(await whats(store)) == 2
    await store.update(Account("marie", "Marie", Role.ADMIN), entry("compte.role"))
    await store.remove("chef", entry("compte.supprime"))


async def test_a_locked_administrator_is_none(store: AccountStore) -> None:
    with pytest.raises(AccountError, match="dernier administrateur"):
        await store.set_locked("chef", True, entry("compte.verrouille"))
    await store.update(Account("marie", "Marie", Role.ADMIN), entry("compte.role"))
    await store.set_locked("marie", True, entry("compte.verrouille"))
    for work in (
        store.set_locked("chef", True, entry()),
        store.remove("chef", entry()),
        store.update(Account("chef", "Chef", Role.READER), entry()),
    ):
        with pytest.raises(AccountError, match="dernier administrateur"):
            await work
    await store.update(Account("marie", "Marie", Role.READER), entry("compte.role"))
    kept = await store.account("marie")
    assert kept is not None
    assert kept.locked


async def test_a_session_that_begins_while_its_account_is_locked_is_none(
    store: AccountStore,
) -> None:
    await store.start("before", "marie", NOON)
    await store.set_locked("marie", True, entry("compte.verrouille"))
    await store.start("meanwhile", "marie", NOON)
    assert await store.find("before") is None
    assert await store.find("meanwhile") is None
    await store.set_locked("marie", False, entry("compte.deverrouille"))
    await store.start("after", "marie", NOON)
    assert await store.find("after") is not None
    # What began under the lock does not come to life with the key.
    assert await store.find("meanwhile") is None
    with pytest.raises(AccountError, match="pas de compte"):
        await store.set_locked("nadia", True, entry())


async def test_accounts_of_an_older_file_are_open(tmp_path: Path) -> None:
    file = tmp_path / "comptes.sqlite3"
    database = sqlite3.connect(file)
    database.executescript(MIGRATIONS[0])
    database.execute(
        "INSERT INTO accounts VALUES ('chef', 'Chef', 'administrateur', '', 'hash', ?, NULL)",
        (instant(NOON),),
    )
    database.execute("PRAGMA user_version = 1")
    database.commit()
    database.close()
    store = await AccountStore.open(file)
    assert await store.account("chef") == CHEF
    await store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal",
        "DELETE FROM journal WHERE number = 1",
        "UPDATE journal SET who = 'personne'",
        "UPDATE OR REPLACE journal SET number = 1 WHERE number = 2",
        "INSERT OR REPLACE INTO journal VALUES (1, 'x', 'x', NULL, 'x', 'x', 'x', 'x')",
        "REPLACE INTO journal SELECT 1, at, 'personne', role, address, what, object, detail "
        "FROM journal WHERE number = 2",
        "INSERT INTO journal VALUES (1, 'x', 'x', NULL, 'x', 'x', 'x', 'x') "
        "ON CONFLICT (number) DO UPDATE SET who = 'personne'",
    ],
)
async def test_the_journal_only_grows(store: AccountStore, tmp_path: Path, statement: str) -> None:
    before = await store.page(before=None, limit=10, who="", what="")
    database = sqlite3.connect(tmp_path / "comptes.sqlite3")
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        database.execute(statement)
    database.close()
    assert await store.page(before=None, limit=10, who="", what="") == before


async def test_numbers_of_the_journal_never_come_back(store: AccountStore) -> None:
    for number in range(5):
        await store.add(entry("appel.note", on=str(number)))
    found = await store.page(before=None, limit=100, who="", what="")
    assert [one.number for one in found] == list(range(7, 0, -1))


async def test_the_journal_by_pages_by_person_and_by_kind(store: AccountStore) -> None:
    for number in range(10):
        who = "marie" if number % 2 else "chef"
        await store.add(Entry(NOON, who, Role.ADMIN, "192.0.2.1", "appel.note", on=str(number)))
    await store.add(Entry(NOON, "chef", Role.ADMIN, "", "appelant"))
    first = await store.page(before=None, limit=4, who="", what="appel")
    assert [one.on for one in first] == ["9", "8", "7", "6"]
    second = await store.page(before=first[-1].number, limit=4, who="", what="appel")
    assert [one.on for one in second] == ["5", "4", "3", "2"]
    assert len(await store.page(before=None, limit=100, who="marie", what="")) == 5
    assert await store.page(before=None, limit=100, who="mar", what="") == []
    assert await store.page(before=None, limit=100, who="%", what="%") == []
    assert await store.page(before=None, limit=-1, who="", what="") == []


async def test_a_long_text_is_cut(store: AccountStore) -> None:
    await store.add(entry("x" * 1000, on="y" * 1000))
    (found,) = await store.page(before=None, limit=1, who="", what="")
    assert (len(found.what), len(found.on)) == (200, 200)


async def test_the_command_line_and_the_core_write_at_the_same_time(
    store: AccountStore, tmp_path: Path
) -> None:
    other = await AccountStore.open(tmp_path / "comptes.sqlite3")
    await asyncio.gather(
        *(one.add(entry("appel.note")) for one in (store, other) for _ in range(50))
    )
    await store.start("k", "marie", NOON)
    await other.change_secret("marie", "new", entry("compte.mot_de_passe"))
    assert await store.find("k") is None
    await other.close()
    assert len(await store.page(before=None, limit=500, who="", what="appel")) == 100


async def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "comptes.sqlite3"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(DatabaseError, match=r"comptes\.sqlite3 est illisible"):
        await AccountStore.open(file)
