"""Log-in against a real OpenLDAP."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from callbot import cli
from callbot import directory as ldap
from callbot.directory import MAX_WAITING, LdapDirectory
from callbot.directorysettings import Cipher, DirectorySettings
from callbot.paths import Paths
from console.directory import DirectoryBusyError, DirectoryError, Member
from console.roles import Role
from tests.console.accountscene import Browser, House
from tests.harness.slapd import BASE, SEARCHER, SEARCHER_PASSWORD, Slapd, installed, slapd

pytestmark = [
    pytest.mark.component,
    pytest.mark.skipif(not installed(), reason="slapd n’est pas installé"),
]

ENTRIES = (Path(__file__).parent.parent / "fixtures" / "annuaire.ldif").read_text("utf-8")
GROUPS = {
    "administrateur": f"cn=chefs,ou=groupes,{BASE}",
    "accueil": [f"cn=absent,ou=groupes,{BASE}", f"cn=standard,ou=groupes,{BASE}"],
}
MARIE, PAUL = "un hibou dort au grenier", "deux hiboux dorment au grenier"
CHIEF = Member("Marie Dupont, état civil", Role.ADMIN)
OWN_NAME = f"uid={{nom}},ou=agents,{BASE}"

Open = Callable[..., LdapDirectory]


class FromAfar(DirectorySettings):
    """As if the directory were on another machine."""

    @property
    def cipher(self) -> Cipher:
        return "starttls"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    with slapd(tmp_path_factory.mktemp("slapd"), ENTRIES, host="127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """One that takes passwords over an encrypted line only, and lets anybody read."""
    folder = tmp_path_factory.mktemp("strict")
    with slapd(folder, ENTRIES, anonymous="read", more="security simple_bind=128") as running:
        yield running


@pytest.fixture
async def open_directory(town: Slapd, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """Return directories over the plain port, with what is changed in their settings."""
    monkeypatch.setenv("MOT_DE_PASSE_ANNUAIRE", SEARCHER_PASSWORD)
    opened: list[LdapDirectory] = []

    def new(
        kind: type[DirectorySettings] = DirectorySettings, whole_s: float = 15.0, **changes: Any
    ) -> LdapDirectory:
        values: dict[str, Any] = {
            "adresse": f"ldap://127.0.0.1:{town.port}",
            "base": BASE,
            "filtre": "(uid={nom})",
            "compte": SEARCHER,
            "mot_de_passe_variable": "MOT_DE_PASSE_ANNUAIRE",
            "groupes": GROUPS,
        }
        given = {name: value for name, value in (values | changes).items() if value is not None}
        opened.append(LdapDirectory(kind.model_validate(given), whole_s=whole_s))
        return opened[-1]

    yield new
    for one in opened:
        one.close()


UNSEARCHED = {"compte": None, "mot_de_passe_variable": None}


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        ("marie", MARIE, CHIEF),
        ("paul", PAUL, Member("Paul (accueil) *", Role.RECEPTION)),
        ("lea", "trois hiboux dorment au grenier", Member("Lea", None)),
        ("marie", PAUL, None),
        ("marie", "", None),
        ("marie", "\0", None),
        ("absent", MARIE, None),
        ("muet", "un mot de passe", None),
        ("jean", "quatre hiboux dorment", None),
    ],
)
async def test_who_is_let_in_and_with_which_role(
    open_directory: Open, name: str, password: str, expected: Member | None
) -> None:
    assert await open_directory().member(name, password) == expected


@pytest.mark.parametrize(
    "name", ["*", "mari*", "marie)(cn=*", "x)(|(uid=marie", "marie\\2a", "marie\0", "(", "\\"]
)
async def test_a_name_is_never_a_filter(open_directory: Open, name: str) -> None:
    assert await open_directory().member(name, MARIE) is None


async def test_a_name_is_found_whatever_its_characters(open_directory: Open) -> None:
    member = await open_directory(filtre="(cn={nom})").member("Paul (accueil) *", PAUL)
    assert member == Member("Paul (accueil) *", Role.RECEPTION)


async def test_nobody_needs_to_search_where_people_bind_straight_away(
    open_directory: Open,
) -> None:
    directory = open_directory(identifiant=OWN_NAME, **UNSEARCHED)
    assert await directory.member("marie", MARIE) == CHIEF
    assert await directory.member("marie", PAUL) is None
    assert await directory.member("absent", PAUL) is None
    assert await directory.member(f"marie,ou=agents,{BASE}", MARIE) is None


async def test_ones_own_password_opens_no_namesakes_account(open_directory: Open) -> None:
    directory = open_directory(identifiant=OWN_NAME, filtre="(cn={nom})", **UNSEARCHED)
    assert await directory.member("paul", PAUL) is None
    assert await directory.member("marie", MARIE) == CHIEF


async def test_a_group_is_that_of_the_person_found_not_of_the_name_typed(
    open_directory: Open,
) -> None:
    namesake = await open_directory(filtre="(cn={nom})").member(
        "paul", "cinq hiboux dorment au grenier"
    )
    assert namesake == Member("paul", None)


async def test_an_encrypted_line_to_a_directory_that_is_vouched_for(
    open_directory: Open, strict: Slapd
) -> None:
    certificate = str(strict.authority)
    safe = f"ldaps://localhost:{strict.tls_port}"
    directory = open_directory(adresse=safe, certificat=certificate)
    assert await directory.member("marie", MARIE) == CHIEF
    assert await directory.member("marie", PAUL) is None
    nobody = open_directory(adresse=safe, certificat=certificate, **UNSEARCHED)
    assert await nobody.member("marie", MARIE) == CHIEF
    for address, vouched in (
        (safe, None),
        (f"ldaps://127.0.0.1:{strict.tls_port}", certificate),
        (f"ldaps://localhost:{strict.port}", certificate),
        (f"ldap://127.0.0.1:{strict.port}", certificate),
    ):
        with pytest.raises(DirectoryError):
            await open_directory(adresse=address, certificat=vouched).member("marie", MARIE)


async def test_a_certificate_may_vouch_for_an_address(open_directory: Open, town: Slapd) -> None:
    address = f"ldaps://127.0.0.1:{town.tls_port}"
    directory = open_directory(adresse=address, certificat=str(town.authority))
    assert await directory.member("marie", MARIE) == CHIEF


async def test_a_plain_port_elsewhere_is_encrypted_before_anything_is_said(
    open_directory: Open, strict: Slapd
) -> None:
    address = f"ldap://localhost:{strict.port}"
    directory = open_directory(FromAfar, adresse=address, certificat=str(strict.authority))
    assert await directory.member("marie", MARIE) == CHIEF
    with pytest.raises(DirectoryError):
        await open_directory(FromAfar, adresse=address).member("marie", MARIE)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"base": "dc=ailleurs,dc=test"}, "« base »"),
        ({"compte": f"cn=personne,{BASE}"}, "refuse le compte qui cherche"),
        ({"mot_de_passe_variable": "MOT_DE_PASSE_ABSENT"}, "MOT_DE_PASSE_ABSENT est vide"),
        ({"adresse": "ldap://127.0.0.1:1"}, "pas joignable"),
        ({"adresse": "ldaps://annuaire.invalid"}, "pas joignable"),
    ],
)
async def test_what_is_wrong_with_the_directory_is_no_wrong_password(
    open_directory: Open, changes: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DirectoryError, match=why):
        await open_directory(**changes).member("marie", MARIE)
    said = "".join(capsys.readouterr())
    assert "directory_failed" in said
    assert not any(word in said for word in ("marie", MARIE, SEARCHER_PASSWORD))


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """The address of what takes connections and never answers."""
    writers: list[asyncio.StreamWriter] = []

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield f"ldap://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in writers:
        writer.transport.abort()


async def test_a_directory_that_does_not_answer_is_not_waited_for(
    open_directory: Open, silent: str
) -> None:
    with pytest.raises(DirectoryError):
        await open_directory(adresse=silent, whole_s=0.2).member("marie", MARIE)


async def test_too_many_at_once_are_refused_and_the_next_is_not(
    open_directory: Open, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap, "ANSWER_S", 1)
    directory = open_directory(adresse=silent, whole_s=0.5)

    def ask(count: int) -> Awaitable[list[Any]]:
        work = (directory.member("marie", MARIE) for _ in range(count))
        return asyncio.gather(*work, return_exceptions=True)

    found = await ask(MAX_WAITING + 3)
    assert all(isinstance(one, DirectoryError) for one in found)
    assert sum(isinstance(one, DirectoryBusyError) for one in found) == 3
    async with asyncio.timeout(60):
        # Those that are still asked give their places back.
        while isinstance((await ask(1))[0], DirectoryBusyError):
            await asyncio.sleep(0.05)


def try_out(
    town: Slapd, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, password: str
) -> int:
    """Type « callbot compte essayer » where the settings describe the directory."""
    paths = Paths(folder / "config", folder / "var")
    for variable, value in paths.environment().items():
        monkeypatch.setenv(variable, value)
    if not paths.config.exists():
        paths.config.mkdir()
        paths.settings_file.write_text(
            "console:\n  annuaire:\n"
            f"    adresse: ldap://127.0.0.1:{town.port}\n"
            f"    base: {BASE}\n"
            f'    identifiant: "{OWN_NAME}"\n'
            '    filtre: "(uid={nom})"\n'
            f"    groupes: {{administrateur: '{GROUPS['administrateur']}'}}\n",
            "utf-8",
        )
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    return cli.main(["compte", "essayer", name])


def test_an_administrator_tries_the_directory_before_it_is_in_use(
    town: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert try_out(town, tmp_path, monkeypatch, "Marie", MARIE) == 0
    assert "Rôle : administrateur" in capsys.readouterr().out
    assert try_out(town, tmp_path, monkeypatch, "paul", PAUL) == 0
    assert "Rôle : aucun" in capsys.readouterr().out
    assert try_out(town, tmp_path, monkeypatch, "marie", "faux") == 1
    assert "refuse ce mot de passe" in capsys.readouterr().err
    settings = tmp_path / "config" / "callbot.yml"
    settings.write_text(settings.read_text("utf-8").replace(str(town.port), "1"), "utf-8")
    assert try_out(town, tmp_path, monkeypatch, "marie", MARIE) == 1
    assert "pas joignable" in capsys.readouterr().err
    settings.write_text("console:\n  port: 8080\n", "utf-8")
    assert try_out(town, tmp_path, monkeypatch, "marie", MARIE) == 1
    assert "ne décrit aucun annuaire" in capsys.readouterr().err


async def test_a_console_lets_in_who_the_directory_knows_and_goes_on_without_it(
    open_directory: Open, tmp_path: Path
) -> None:
    house = await House.open(tmp_path)
    groups = {"accueil": GROUPS["accueil"]}
    with slapd(tmp_path, ENTRIES) as running:
        address = f"ldap://127.0.0.1:{running.port}"
        house.directory = open_directory(adresse=address, groupes=groups)
        server = TestServer(house.app())
        await server.start_server()
        paul = Browser(f"http://127.0.0.1:{server.port}")
        assert await paul.log_in("paul", PAUL) == (303, "/accueil")
        running.stop()
        assert (await paul.get("/accueil"))[0] == 200
        status, page = await paul.log_in("paul", PAUL)
        assert status == 403
        assert "L’annuaire de la mairie ne répond pas" in page
        assert (await paul.log_in("chef"))[0] == 303
    await paul.session.close()
    await server.close()
    await house.close()
