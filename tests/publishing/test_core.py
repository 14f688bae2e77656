"""A real core follows what is published, without its neighbours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from callbot.paths import Paths
from callbot.publishing import served
from callbot.publishing.pipeline import Reporter, Wish, publish
from callbot.publishing.versions import Versions
from tests.publishing.conftest import Town
from tests.telephony.sms.gatewaybench import free_port

WISH = Wish("Claire", "essai")
STARTS_S = 120.0


@pytest.fixture
def core(town: Town, tmp_path: Path) -> Iterator[int]:
    """The port of the console of a core that serves the first version."""
    port = free_port()
    town.edit("callbot.yml", "port: 8080", f"port: {port}")
    publish(town.paths, WISH, Reporter())
    versions = Versions(town.paths.versions)
    paths = Paths(versions.active_config, town.paths.var, town.paths.config)
    paths.run.mkdir(parents=True, exist_ok=True)
    log = tmp_path / "core.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "callbot.core"],
            env={**os.environ, **paths.environment(), "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        _until(lambda: served.read(paths.served_file) is not None, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _until(condition: object, process: subprocess.Popen[bytes] | None, log: Path) -> None:
    end = time.monotonic() + STARTS_S
    assert callable(condition)
    while not condition():
        assert process is None or process.poll() is None, log.read_text("utf-8", "replace")
        assert time.monotonic() < end, log.read_text("utf-8", "replace")
        time.sleep(0.1)


def _served(town: Town) -> str:
    """Publish; return why the core keeps the version before, '' when it serves the new one."""
    version = publish(town.paths, WISH, Reporter())
    told = served.wait_until(town.paths.served_file, version.name, 60)
    assert told is not None
    assert version.name in (told.version, told.refused)
    return told.error


def test_a_core_serves_what_is_published_and_keeps_it_through_a_broken_file(
    town: Town, core: int
) -> None:
    town.edit("ville/lieux/piscine.yml", "Sa 10:00-18:00", "Sa 10:00-20:00")
    assert _served(town) == ""
    services = town.paths.config / "ville" / "services"
    added = (services / "cimetiere.yml").read_text("utf-8").replace("id: cimetiere", "id: jumelage")
    (services / "jumelage.yml").write_text(added, "utf-8")
    assert _served(town) == ""
    (services / "jumelage.yml").unlink()
    assert _served(town) == ""
    file = town.paths.reception_file
    staff = "agents: [{id: luc, nom: Luc, poste: sip:103@127.0.0.1, services: [sports]}]"
    file.write_text(file.read_text("utf-8").replace("agents: []", staff), "utf-8")
    assert "pour la première fois : redémarrez" in _served(town)
    (town.paths.config / "ville" / "lieux" / "piscine.yml").write_text("\tcassé", "utf-8")
    with urllib.request.urlopen(f"http://127.0.0.1:{core}/healthz", timeout=10) as answer:
        assert json.load(answer)["status"] == "starting"
