"""``callbot compte``, the first account, and the token of this machine's programs."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from callbot import cli
from callbot.accountstore import AccountStore
from callbot.commands import serve
from callbot.consoleaccess import ConsoleAccess, machine_token, make_first_account
from callbot.paths import Paths
from callbot.settings import Console, Settings
from callbot.testphone import history
from console.accounts import Account
from console.audit import Entry
from console.passwords import Passwords
from console.roles import Role
from tests.console.scene import Scene, now
from tests.paths import CONFIG

PASSWORD = re.compile(r"affiché une seule fois : (\S+)")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    paths = Paths(CONFIG, tmp_path / "var")
    for name, value in paths.environment().items():
        monkeypatch.setenv(name, value)
    return paths


def kept(paths: Paths) -> tuple[dict[str, str], list[Entry]]:
    """Return the hashes by account, and the journal, oldest first."""

    async def read() -> tuple[dict[str, str], list[Entry]]:
        store = await AccountStore.open(paths.accounts)
        names = [row.account.name for row in await store.rows()]
        secrets = {name: str(await store.secret(name)) for name in names}
        entries = await store.page(before=None, limit=100, who="", what="")
        await store.close()
        return secrets, list(reversed(entries))

    return asyncio.run(read())


def matches(secret: str, password: str) -> bool:
    async def verify() -> bool:
        passwords = Passwords()
        try:
            return await passwords.verify(secret, password)
        finally:
            passwords.close()

    return asyncio.run(verify())


def test_a_password_is_shown_once_and_kept_as_a_hash(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compte", "creer", "Marie.Dupont", "--role", "accueil"]) == 0
    said = capsys.readouterr()
    match = PASSWORD.search(said.out)
    assert match is not None
    secrets, entries = kept(paths)
    assert matches(secrets["marie.dupont"], match[1])
    files = b"".join(file.read_bytes() for file in paths.var.iterdir() if file.is_file())
    assert match[1].encode() not in files
    assert match[1] not in said.err
    assert [(one.what, one.on, one.address) for one in entries] == [
        ("compte.cree", "marie.dupont", "terminal")
    ]
    assert cli.main(["compte", "lister"]) == 0
    listed = capsys.readouterr().out
    assert "marie.dupont" in listed
    assert "accueil" in listed
    assert "jamais connecté" in listed
    assert match[1] not in listed


def test_a_life_of_accounts(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["creer", "chef", "--role", "administrateur", "--affiche", "La cheffe"],
        ["creer", "paul", "--role", "lecture"],
        ["role", "paul", "administrateur"],
        ["mot-de-passe", "paul"],
        ["verrouiller", "chef"],
        ["lister"],
        ["deverrouiller", "chef"],
        ["supprimer", "chef"],
    ):
        assert cli.main(["compte", *arguments]) == 0
    secrets, entries = kept(paths)
    said = capsys.readouterr().out
    assert "La cheffe (jamais connecté, verrouillé)" in said
    shown = PASSWORD.findall(said)
    assert list(secrets) == ["paul"]
    assert matches(secrets["paul"], shown[2])
    assert not matches(secrets["paul"], shown[1])
    assert [(one.what, one.on) for one in entries] == [
        ("compte.cree", "chef"),
        ("compte.cree", "paul"),
        ("compte.role", "paul"),
        ("compte.mot_de_passe", "paul"),
        ("compte.verrouille", "chef"),
        ("compte.deverrouille", "chef"),
        ("compte.supprime", "chef"),
    ]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["creer", "chef", "--role", "lecture"], "existe déjà"),
        (["creer", "a b", "--role", "lecture"], "nom de compte"),
        (["creer", "b1", "--role", "lecture", "--agent", "zorro"], "n'est pas un agent"),
        (["role", "absent", "lecture"], "pas de compte"),
        (["mot-de-passe", "absent"], "pas de compte"),
        (["supprimer", "absent"], "pas de compte"),
        (["role", "chef", "lecture"], "dernier administrateur"),
        (["supprimer", "chef"], "dernier administrateur"),
        (["verrouiller", "chef"], "dernier administrateur"),
        (["verrouiller", "absent"], "pas de compte"),
        (["mot-de-passe", "chef", "--saisir"], "trop court"),
    ],
)
def test_what_is_refused_says_why(
    paths: Paths,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    word: str,
) -> None:
    assert cli.main(["compte", "creer", "chef", "--role", "administrateur"]) == 0
    before = kept(paths)
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", io.StringIO("court\n"))
    assert cli.main(["compte", *arguments]) == 1
    said = capsys.readouterr()
    assert word in said.err
    assert said.out == ""
    assert kept(paths) == before


def test_a_role_that_does_not_exist_is_refused_in_french(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["compte", "creer", "chef", "--role", "chef"])
    assert "« chef » n'existe pas. Valeurs possibles : administrateur" in capsys.readouterr().err


def test_a_typed_password_is_not_shown(
    paths: Paths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("un hibou dort au grenier\n"))
    assert cli.main(["compte", "creer", "chef", "--role", "administrateur", "--saisir"]) == 0
    assert "hibou" not in capsys.readouterr().out
    assert matches(kept(paths)[0]["chef"], "un hibou dort au grenier")


def test_the_first_account_is_made_once(paths: Paths) -> None:
    password = asyncio.run(make_first_account(paths, now))
    assert password is not None
    assert asyncio.run(make_first_account(paths, now)) is None
    secrets, entries = kept(paths)
    assert matches(secrets["admin"], password)
    assert [one.what for one in entries] == ["compte.cree"]


def test_the_first_password_goes_to_a_person_and_to_no_log(
    paths: Paths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(console=Console(connexion="comptes"))
    serve._first_account(settings, paths)
    assert "callbot compte creer" in capsys.readouterr().out
    assert kept(paths)[0] == {}
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        serve._first_account(settings, paths)
        serve._first_account(settings, paths)
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    shown = PASSWORD.findall(said)
    assert len(shown) == 1
    assert matches(kept(paths)[0]["admin"], shown[0])


def test_without_log_in_no_account_is_made(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    serve._first_account(Settings(), paths)
    assert capsys.readouterr().out == ""
    assert not paths.accounts.exists()


async def test_the_test_telephone_reads_its_call_with_the_token_of_the_machine(
    paths: Paths,
) -> None:
    scene = await Scene.open(paths.var)
    store = await AccountStore.open(paths.accounts)
    access = ConsoleAccess(Console(connexion="comptes"), paths, store, now)
    assert machine_token(paths) == ""
    opened = access.open()
    assert stat.S_IMODE(paths.console_token.stat().st_mode) == 0o600
    first = machine_token(paths)
    server = TestServer(scene.app(access=opened))
    await server.start_server()
    url = f"http://127.0.0.1:{server.port}"
    await scene.start("c1")
    await scene.end("c1", "answered")
    record = await history.fetch(url, "c1@pbx", first)
    assert record is not None
    assert record["outcome"] == "answered"
    assert await history.fetch(url, "c1@pbx", "") is None
    assert await history.fetch(url, "c1@pbx", "other") is None
    await server.close()
    access.close()
    assert machine_token(paths) == ""
    assert access.open() != opened
    assert machine_token(paths) != first
    access.close()
    await store.close()
    await scene.store.close()


async def test_without_log_in_the_journal_is_kept_all_the_same(paths: Paths) -> None:
    store = await AccountStore.open(paths.accounts)
    access = ConsoleAccess(Console(), paths, store, lambda: datetime.now(UTC))
    opened = access.open()
    assert opened.accounts is None
    assert opened.journal is store
    assert not paths.console_token.exists()
    access.close()
    await store.close()


async def test_sessions_that_are_over_go_while_the_core_runs(paths: Paths) -> None:
    store = await AccountStore.open(paths.accounts)
    entry = Entry(now(), "", None, "terminal", "compte.cree", on="chef")
    await store.create(Account("chef", "Chef", Role.ADMIN), "hash", entry)
    await store.start("old", "chef", now() - timedelta(hours=13))
    await store.start("new", "chef", now())
    access = ConsoleAccess(Console(), paths, store, now)
    task = asyncio.create_task(access.keep_purged())
    async with asyncio.timeout(20):
        while await store.find("old") is not None:
            await asyncio.sleep(0.01)
    assert await store.find("new") is not None
    task.cancel()
    await store.close()
