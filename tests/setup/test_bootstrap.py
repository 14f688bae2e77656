"""The first step, on machines that have little: stand-ins for uv, python3, id and apt-get."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import callbot.setup

SCRIPT = Path(callbot.setup.__file__).parent / "bootstrap.sh"


class Machine:
    """A copy of the project and a PATH of its own; every call of a stand-in is written down."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "callbot"
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        self.home.mkdir()
        self.bin.mkdir()
        script = self.root / "callbot/setup/bootstrap.sh"
        script.parent.mkdir(parents=True)
        shutil.copy(SCRIPT, script)
        for name in ("sh", "dirname", "mkdir", "rm", "ln", "chmod", "cp", "cat"):
            found = shutil.which(name)
            assert found
            (self.bin / name).symlink_to(found)
        self.stand_in("id", 'if [ "$1" = -un ]; then echo agent; else echo 1000; fi')

    def stand_in(self, name: str, body: str, where: Path | None = None) -> Path:
        path = (where or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.calls}\n{body}\n')
        path.chmod(0o755)
        return path

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin / "sh"), "callbot/setup/bootstrap.sh", *args],
            cwd=self.root,
            env={"PATH": str(self.bin), "HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )

    def called(self, program: str) -> list[str]:
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line.removeprefix(f"{program} ") for line in lines if line.startswith(program)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_uv_on_path_is_used_as_it_is(machine: Machine) -> None:
    machine.stand_in("uv", "exit 0")
    done = machine.run("run", "--bavard")
    assert done.returncode == 0, done.stderr
    assert machine.called("uv") == [
        "--version",
        "sync --frozen",
        "run --no-sync python -m callbot.setup --pour run",
        "run --no-sync callbot serve --bavard",
    ]
    assert not (machine.root / "var").exists()


def test_nothing_is_served_when_the_set_up_fails(machine: Machine) -> None:
    machine.stand_in("uv", 'case "$*" in *callbot.setup*) exit 1 ;; esac')
    assert machine.run("run").returncode != 0
    assert not [call for call in machine.called("uv") if "serve" in call]


@pytest.mark.parametrize("failing", ["ruff check", "mypy", "lint-imports", "callbot.setup"])
def test_nothing_is_tested_when_the_code_review_or_the_set_up_fails(
    machine: Machine, failing: str
) -> None:
    machine.stand_in("uv", f'case "$*" in *"{failing}"*) echo "mauvais : $*"; exit 3 ;; esac')
    done = machine.run("test")
    assert done.returncode == 3
    assert f"mauvais : run --no-sync {'python -m ' * (failing == 'callbot.setup')}{failing}" in (
        done.stdout
    )
    assert not [call for call in machine.called("uv") if "pytest" in call]


def test_the_code_is_read_and_all_tests_run(machine: Machine) -> None:
    machine.stand_in("uv", 'case "$*" in *"-m not calls"*) exit 5 ;; esac')
    done = machine.run("test", "-x")
    assert done.returncode == 0, done.stderr
    assert "Relecture du code" in done.stdout
    called = machine.called("uv")
    assert "run --no-sync mypy" in called
    tested = [call for call in called if "pytest" in call]
    assert [call.partition(" --durations")[0] for call in tested] == [
        "run --no-sync pytest -n 2 -m not calls",
        "run --no-sync pytest -n 2 -m calls",
    ]
    assert all(call.endswith("-x") for call in tested)


def test_a_failed_test_fails_the_whole(machine: Machine) -> None:
    machine.stand_in("uv", 'case "$*" in *"-m not calls"*) exit 1 ;; esac')
    assert machine.run("test").returncode == 1


def test_a_shim_of_uv_that_runs_nothing_does_not_count(machine: Machine) -> None:
    machine.stand_in("uv", "exit 127")
    own = machine.stand_in("uv", "exit 0", machine.root / "var/tools/uv/bin")
    done = machine.run("setup")
    assert done.returncode == 0, done.stderr
    assert (machine.home / ".local/bin/uv").resolve() == own
    assert str(machine.home / ".local/bin") in done.stdout


def test_a_link_to_a_removed_copy_is_replaced(machine: Machine) -> None:
    own = machine.stand_in("uv", "exit 0", machine.root / "var/tools/uv/bin")
    link = machine.home / ".local/bin/uv"
    link.parent.mkdir(parents=True)
    link.symlink_to("/nonexistent/uv")
    assert machine.run("setup").returncode == 0
    assert link.resolve() == own


def test_a_program_that_is_not_ours_stays(machine: Machine) -> None:
    machine.stand_in("uv", "exit 0", machine.root / "var/tools/uv/bin")
    theirs = machine.stand_in("uv", "exit 0", machine.home / ".local/bin")
    before = theirs.read_text()
    assert machine.run("setup").returncode == 0
    assert theirs.read_text() == before


def test_uv_is_installed_with_python_alone(machine: Machine) -> None:
    python = machine.stand_in("pip-python", f"{machine.bin}/cp {machine.bin}/fake-uv ${{0%/*}}/uv")
    machine.stand_in("fake-uv", "exit 0")
    machine.stand_in("python3", f'mkdir -p "$3/bin" && {machine.bin}/cp {python} "$3/bin/python"')
    done = machine.run("setup")
    assert done.returncode == 0, done.stderr
    assert os.access(machine.root / "var/tools/uv/bin/uv", os.X_OK)


def test_without_venv_and_without_root_the_package_is_named(machine: Machine) -> None:
    machine.stand_in("python3", "exit 1")
    machine.stand_in("apt-get", "exit 0")
    done = machine.run("run")
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert machine.called("apt-get") == []


def test_an_unknown_task_is_refused_in_french(machine: Machine) -> None:
    machine.stand_in("uv", "exit 0")
    done = machine.run("courir")
    assert done.returncode == 1
    assert "n’est pas une tâche" in done.stderr
