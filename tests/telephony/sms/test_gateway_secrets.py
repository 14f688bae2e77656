"""Passwords and keys: read only from safe places, never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from telephony.sms.gateways.asking import Request, is_safe_url
from telephony.sms.gateways.listener import token_from
from telephony.sms.gateways.secretsource import SecretError, SecretSource
from tests.telephony.sms.gatewaybench import secret


def test_a_secret_in_a_file_of_its_owner(tmp_path: Path) -> None:
    source = secret(tmp_path, "  mot de passe é\n")
    assert source.read() == "mot de passe é"
    assert "mot de passe" not in repr(source)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o777])
def test_a_file_that_others_may_open_is_refused_with_the_mend(tmp_path: Path, mode: int) -> None:
    source = secret(tmp_path, "secret")
    assert source.file is not None
    source.file.chmod(mode)
    with pytest.raises(SecretError, match="chmod 600") as raised:
        source.read()
    assert "secret" not in str(raised.value).replace(str(tmp_path), "")
    source.file.chmod(0o400)
    assert source.read() == "secret"


@pytest.mark.skipif(os.geteuid() != 0, reason="il faut être administrateur pour donner un fichier")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    source = secret(tmp_path, "secret")
    assert source.file is not None
    os.chown(source.file, 65534, 65534)
    with pytest.raises(SecretError, match="n'appartient pas"):
        source.read()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "vide"),
        (b" \n", "vide"),
        (b"a\nb", "une ligne"),
        (b"a\r\nX: y", "une ligne"),
        (b"\xff", "UTF-8"),
        (b"x" * 5000, "trop gros"),
    ],
)
def test_a_file_that_is_no_secret(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "cle"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(SecretError, match=why):
        SecretSource(file=file).read()


def test_what_is_no_file(tmp_path: Path) -> None:
    pipe = tmp_path / "tube"
    os.mkfifo(pipe, 0o600)
    for file, why in (
        (tmp_path / "absent", "n'existe pas"),
        (pipe, "fichier"),
        (tmp_path, "fichier"),
    ):
        with pytest.raises(SecretError, match=why):
            SecretSource(file=file).read()


def test_a_variable() -> None:
    source = SecretSource(variable="SMS_CLE")
    assert source.read({"SMS_CLE": " abc "}) == "abc"
    for environ in ({}, {"SMS_CLE": " "}):
        with pytest.raises(SecretError, match="SMS_CLE est vide"):
            source.read(environ)


@pytest.mark.parametrize("token", ["court", "a" * 23, "a/" * 20, "é" * 30, "a b" * 20])
def test_a_token_that_can_be_guessed_or_written_in_no_path(tmp_path: Path, token: str) -> None:
    with pytest.raises(SecretError, match="24"):
        token_from(secret(tmp_path, token))


def test_a_request_does_not_show_what_it_carries() -> None:
    request = Request("POST", "https://x/?n=0612345678", {"Authorization": "cle"}, b"texte")
    assert repr(request) == "Request(POST)"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://api.example/v1", True),
        ("https://api.example:8443/v1?a=b", True),
        ("http://127.0.0.1:13013/", True),
        ("http://[::1]:13013/", True),
        ("http://localhost/", True),
        ("http://api.example/v1", False),
        ("http://127.0.0.1.example/", False),
        ("http://192.168.1.2/", False),
        ("https://user:pass@api.example/", False),
        ("https://api.example/#x", False),
        ("https://", False),
        ("https://api.example:99999/", False),
        ("ftp://api.example/", False),
        ("//api.example/", False),
        ("", False),
    ],
)
def test_where_a_request_may_go(url: str, safe: bool) -> None:
    assert is_safe_url(url) is safe
