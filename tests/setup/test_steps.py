"""The order of the steps, and running other programs."""

import hashlib
import io
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from callbot.setup.assets import Asset
from callbot.setup.models import KOKORO, WHISPER, ModelStep
from callbot.setup.screen import Screen
from callbot.setup.steps import GIB, Place, SetupError, Step, run_steps
from callbot.setup.tools import run_tool


class Note(Step):
    """Writes down that it ran."""

    def __init__(self, name: str, ran: list[str], *, done: bool = False) -> None:
        self.name = name
        self._ran = ran
        self._done = done

    def is_done(self) -> bool:
        return self._done or self.name in self._ran

    def run(self, screen: Screen) -> None:
        self._ran.append(self.name)


class Failing(Note):
    def run(self, screen: Screen) -> None:
        raise SetupError("Le disque est en feu.", "Éteignez-le.")


def test_only_what_is_missing_is_done_and_shown(
    place: Place, screen: Screen, output: io.StringIO
) -> None:
    ran: list[str] = []
    steps = [Note("un", ran), Note("deux", ran, done=True), Note("trois", ran)]
    assert run_steps(steps, place, screen) == 2
    assert ran == ["un", "trois"]
    assert "[3/3] trois" in output.getvalue()
    assert "deux" not in output.getvalue()
    shown = output.getvalue()
    assert run_steps(steps, place, screen) == 0
    assert output.getvalue() == shown


def test_a_failure_stops_before_the_next_step(place: Place, screen: Screen) -> None:
    ran: list[str] = []
    with pytest.raises(SetupError):
        run_steps([Note("un", ran), Failing("deux", ran), Note("trois", ran)], place, screen)
    assert ran == ["un"]


def test_too_little_room_is_said_before_anything_starts(
    place: Place, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(9 * GIB, 8 * GIB, GIB))
    ran: list[str] = []
    big = Note("gros", ran)
    big.disk_bytes = 4 * GIB
    with pytest.raises(SetupError, match=r"1,0 Go libres, il en faut 4,5 Go"):
        run_steps([Note("un", ran), big], place, screen)
    assert ran == []


def test_a_program_that_fails_shows_its_last_words(
    place: Place, screen: Screen, output: io.StringIO
) -> None:
    failure = SetupError("Échec.", "Relancez.")
    with pytest.raises(SetupError, match="Échec") as caught:
        run_tool(
            [sys.executable, "-c", "print('la vraie cause'); raise SystemExit(3)"],
            screen=screen,
            label="Essai",
            log=place.log,
            failure=failure,
        )
    assert caught.value is failure
    assert "la vraie cause" in output.getvalue()
    assert "la vraie cause" in place.log.read_text()


def test_a_program_that_is_not_there_fails_the_same_way(place: Place, screen: Screen) -> None:
    with pytest.raises(SetupError, match="Échec"):
        run_tool(
            ["/nonexistent/uv"],
            screen=screen,
            label="Essai",
            log=place.log,
            failure=SetupError("Échec.", "Relancez."),
        )


class Local(ModelStep):
    """Takes its packages from a folder instead of the registry."""

    def __init__(self, place: Place, assets: list[Asset], packages: Path) -> None:
        super().__init__("Modèle d’essai", place, "essai", packages, assets)
        self.content = b"right"

    def _download(self, screen: Screen) -> None:
        self._source.mkdir(parents=True, exist_ok=True)
        (self._source / "part").write_bytes(self.content)


RIGHT = hashlib.sha256(b"right").hexdigest()


@pytest.fixture
def uv_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for uv, and writes down what it is asked; the real cache is not touched."""
    program, calls = tmp_path / "uv", tmp_path / "calls"
    program.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    program.chmod(0o755)
    monkeypatch.setenv("UV", str(program))
    return calls


@pytest.fixture
def local(place: Place, tmp_path: Path) -> Local:
    packages = tmp_path / "packages.txt"
    packages.write_text("# one==9.9 is not asked for\nsome-model==1.0 \\\n    --hash=sha256:00\n")
    return Local(place, [Asset("model.bin", ("part",), 5, RIGHT)], packages)


def test_a_damaged_download_is_refused_then_fetched_again(
    local: Local, place: Place, screen: Screen, uv_calls: Path
) -> None:
    local.content = b"wrong"
    with pytest.raises(SetupError, match="empreinte"):
        run_steps([local], place, screen)
    assert list((place.models / "essai").iterdir()) == []
    assert not (place.downloads / "essai").exists()
    assert uv_calls.read_text() == "cache clean some-model\n"
    local.content = b"right"
    assert run_steps([local], place, screen) == 1
    assert local.is_done()
    assert not (place.downloads / "essai").exists()


def test_a_file_damaged_on_disk_is_taken_away_even_when_no_other_can_be_had(
    local: Local, place: Place, screen: Screen, uv_calls: Path
) -> None:
    run_steps([local], place, screen)
    (place.models / "essai" / "model.bin").write_bytes(b"r1ght")
    local.content = b"wrong"
    with pytest.raises(SetupError):
        run_steps([local], place, screen)
    assert not (place.models / "essai" / "model.bin").exists()


def test_without_a_package_name_the_cache_is_left_alone(
    local: Local, place: Place, screen: Screen, tmp_path: Path, uv_calls: Path
) -> None:
    (tmp_path / "packages.txt").write_text("# nothing\n")
    local.content = b"wrong"
    with pytest.raises(SetupError):
        run_steps([local], place, screen)
    assert not uv_calls.exists()


@pytest.mark.parametrize("packages", ["whisper-base.txt", "kokoro.txt"])
def test_every_package_has_one_version_and_one_hash(packages: str) -> None:
    import callbot.setup

    text = (Path(callbot.setup.__file__).parent / packages).read_text()
    entries = [line for line in text.replace("\\\n", " ").splitlines() if not line.startswith("#")]
    assert entries
    for entry in entries:
        assert entry.count("==") == 1
        assert entry.count("--hash=sha256:") == 1


def test_the_parts_named_by_assets_come_from_the_packages_listed() -> None:
    import callbot.setup

    folder = Path(callbot.setup.__file__).parent
    for assets, packages in ((WHISPER, "whisper-base.txt"), (KOKORO, "kokoro.txt")):
        text = (folder / packages).read_text().replace("-", "_")
        for asset in assets:
            assert all(f"\n{part.partition('/')[0]}==" in text for part in asset.parts)
