"""One running callbot for all whole-call tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import kannel
from tests.harness.baresip import Baresip
from tests.harness.box import Box
from tests.harness.kannel import Kannel
from tests.harness.sound import write_silence
from tests.telephony.sms.gatewaybench import free_port


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel | None]:
    """A Kannel with an operator behind it, where it is installed."""
    if not (kannel.installed() and kannel.operator_installed()):
        yield None
        return
    folder = tmp_path_factory.mktemp("kannel")
    with Kannel(folder, free_port, f"http://127.0.0.1:{free_port()}/") as running:
        running.start_operator()
        yield running


@pytest.fixture(scope="session")
def running_box(operator: Kannel | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """The callbot, started once; its text messages leave by the operator."""
    gateways = []
    if operator is not None:
        folder = tmp_path_factory.mktemp("secrets")
        gateways.append(
            {
                "nom": "kannel",
                "type": "kannel",
                "url": operator.url,
                "expediteur": "MAIRIE",
                "utilisateur": kannel.USER,
                "mot_de_passe_fichier": _secret(folder / "kannel", kannel.PASSWORD),
                "retours": {
                    "port": free_port(),
                    "jeton": {"fichier": _secret(folder / "jeton", secrets.token_urlsafe(24))},
                },
            }
        )
    with Box(gateways) as running:
        yield running


def _secret(file: Path, value: str) -> str:
    file.touch(mode=0o600)
    file.write_text(value, "utf-8")
    return str(file)


@pytest.fixture
def box(running_box: Box) -> Box:
    """The callbot, with no call in progress and all processes ready."""
    running_box.wait_until_serving()
    running_box.wait_for_calls(0)
    return running_box


@pytest.fixture
def desk(box: Box, tmp_path: Path) -> Iterator[Baresip]:
    """The telephones of all services, which take any call for up to a minute."""
    with _desk(box, tmp_path, answers=True) as phone:
        yield phone


@pytest.fixture
def empty_desk(box: Box, tmp_path: Path) -> Iterator[Baresip]:
    """The same telephones, ringing in an empty room."""
    with _desk(box, tmp_path, answers=False) as phone:
        yield phone


def _desk(box: Box, folder: Path, *, answers: bool) -> Baresip:
    return Baresip(
        folder / "desk",
        port=box.ports.desk,
        rtp=box.ports.desk_rtp,
        users=box.desk_users,
        says=write_silence(folder / "desk.wav", 60),
        answers=answers,
    )
