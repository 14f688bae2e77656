"""``console.annuaire`` as people write it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from callbot.accountstore import AccountStore
from callbot.consoleaccess import ConsoleAccess
from callbot.directory import LdapDirectory
from callbot.directorychecks import directory_problems
from callbot.directorysettings import DirectorySettings
from callbot.paths import Paths
from callbot.settings import Console, load
from callbot.settingschecks import check_settings
from console.roles import Role
from tests.console.scene import now
from tests.paths import CONFIG

GROUP = "cn=Callbot,dc=mairie,dc=local"
PLAIN: dict[str, Any] = {
    "adresse": "ldaps://ad.mairie.local",
    "base": "dc=mairie,dc=local",
    "groupes": {"accueil": GROUP},
}


def settings(**changes: Any) -> DirectorySettings:
    return DirectorySettings.model_validate(PLAIN | changes)


def test_a_group_or_several() -> None:
    groups = settings(groupes={"accueil": GROUP, "editeur": [GROUP, GROUP]}).groupes
    assert groups.of(Role.RECEPTION) == (GROUP,)
    assert groups.of(Role.EDITOR) == (GROUP, GROUP)
    assert groups.of(Role.ADMIN) == ()


@pytest.mark.parametrize(
    ("address", "host", "port", "cipher"),
    [
        ("ldaps://ad.mairie.local", "ad.mairie.local", 636, "tls"),
        ("ldaps://127.0.0.1:1636/", "127.0.0.1", 1636, "tls"),
        ("ldap://ad.mairie.local", "ad.mairie.local", 389, "starttls"),
        ("ldap://192.168.1.5:3890", "192.168.1.5", 3890, "starttls"),
        ("ldap://[2001:db8::1]", "2001:db8::1", 389, "starttls"),
        ("ldap://localhost", "localhost", 389, "none"),
        ("ldap://127.0.0.1", "127.0.0.1", 389, "none"),
        ("ldap://localhost.pirate.example", "localhost.pirate.example", 389, "starttls"),
    ],
)
def test_only_this_machine_is_asked_in_plain(
    address: str, host: str, port: int, cipher: str
) -> None:
    found = settings(adresse=address)
    assert (found.host, found.port, found.cipher) == (host, port, cipher)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"adresse": "ad.mairie.local"}, "pas l'adresse d'un annuaire"),
        ({"adresse": "https://ad.mairie.local"}, "pas l'adresse d'un annuaire"),
        ({"adresse": "ldaps://"}, "pas l'adresse d'un annuaire"),
        ({"adresse": "ldaps://ad:99999"}, "pas l'adresse d'un annuaire"),
        ({"adresse": "ldaps://moi:secret@ad"}, "pas l'adresse d'un annuaire"),
        ({"adresse": "ldaps://ad/dc=mairie"}, "pas l'adresse d'un annuaire"),
        ({"base": "mairie"}, "nom complet"),
        ({"filtre": "(uid=nom)"}, "une fois"),
        ({"filtre": "(|(uid={nom})(mail={nom}))"}, "une fois"),
        ({"filtre": "uid={nom}"}, "parenthèses"),
        ({"identifiant": "marie@mairie.local"}, "une fois"),
        ({"compte": GROUP}, "l'un des deux"),
        ({"compte": GROUP, "identifiant": "{nom}@m", "mot_de_passe_variable": "X"}, "pas les deux"),
        ({"mot_de_passe_variable": "X"}, "ne sert qu'avec"),
        ({"compte": GROUP, "mot_de_passe": "secret"}, "Extra inputs"),
        ({"compte": GROUP, "mot_de_passe_fichier": "secret"}, "chemin entier"),
        ({"certificat": "ca.pem"}, "chemin entier"),
        ({"groupes": {}}, "au moins un groupe"),
        ({"groupes": {"accueil": "Callbot"}}, "nom complet"),
        ({"groupes": {"roi": GROUP}}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        settings(**changes)


def test_the_directory_is_named_where_it_is_asked() -> None:
    with pytest.raises(ValidationError, match="rubrique « annuaire »"):
        Console(connexion="annuaire")
    assert Console(connexion="annuaire", annuaire=settings()).has_accounts
    assert not Console().has_accounts


def test_what_is_missing_on_this_machine_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mot de passe\n")
    secret.chmod(0o644)
    readable = settings(compte=GROUP, mot_de_passe_fichier=str(secret))
    ((where, said, _mend),) = directory_problems(readable, {})
    assert where == ("compte",)
    assert str(secret) in said
    secret.chmod(0o600)
    assert list(directory_problems(readable, {})) == []
    assert readable.password() == "mot de passe"
    by_variable = settings(compte=GROUP, mot_de_passe_variable="SECRET")
    assert [where for where, *_ in directory_problems(by_variable, {})] == [("compte",)]
    assert list(directory_problems(by_variable, {"SECRET": "x"})) == []
    others = settings(certificat=str(secret), filtre="(&(a=b)(uid={nom})")
    assert [where for where, *_ in directory_problems(others, {})] == [("certificat",), ("filtre",)]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl n’est pas installé")
def test_a_certificate_that_vouches(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    command = ["openssl", "req", "-x509", *key, "-subj", "/CN=essais", "-keyout", "/dev/null"]
    subprocess.run([*command, "-out", str(file)], check=True, capture_output=True)
    assert list(directory_problems(settings(certificat=str(file)), {})) == []


def test_check_names_the_line(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    file = config / "callbot.yml"
    written = file.read_text("utf-8").replace(
        "  connexion: aucune\n",
        "  connexion: annuaire\n"
        "  annuaire:\n"
        "    adresse: ldaps://ad.mairie.local\n"
        "    base: dc=mairie,dc=local\n"
        "    certificat: /absent/ca.pem\n"
        f"    groupes: {{accueil: '{GROUP}'}}\n",
    )
    file.write_text(written, "utf-8")
    paths = Paths(config, tmp_path / "var")
    found = [one for one in check_settings(load(paths), paths, {}) if "/absent" in one.message]
    line = written.splitlines().index("    certificat: /absent/ca.pem") + 1
    assert [one.line for one in found] == [line]


async def test_the_directory_is_asked_only_where_the_settings_say_so(tmp_path: Path) -> None:
    paths = Paths(CONFIG, tmp_path)
    store = await AccountStore.open(paths.accounts)
    for connection, asked in (("comptes", False), ("annuaire", True)):
        console = Console.model_validate({"connexion": connection, "annuaire": PLAIN})
        access = ConsoleAccess(console, paths, store, now)
        accounts = access.open().accounts
        assert accounts is not None
        assert isinstance(accounts.directory, LdapDirectory) is asked
        access.close()
    await store.close()
