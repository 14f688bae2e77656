"""Which Python 3.10 is taken, and which only looks like one."""

import sys
from pathlib import Path

import pytest

from callbot.setup.python310 import VARIABLE, find_python310, probe

SHIM = "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def python310(path: Path) -> Path:
    """A program that answers the probe as Python 3.10 would."""
    return program(path, f"#!/bin/sh\necho '3.10 {path}'\n")


def environ(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "", **more}


def test_a_shim_that_runs_nothing_is_passed_over_for_the_version_behind_it(tmp_path: Path) -> None:
    shims = program(tmp_path / ".pyenv/shims/python3.10", SHIM).parent
    real = python310(tmp_path / ".pyenv/versions/3.10.13/bin/python3.10")
    assert find_python310(environ(tmp_path, PATH=str(shims))) == real


def test_a_shim_alone_is_no_interpreter(tmp_path: Path) -> None:
    shims = program(tmp_path / "shims/python3.10", SHIM).parent
    assert find_python310(environ(tmp_path, PATH=str(shims))) is None


def test_an_interpreter_on_path_comes_first(tmp_path: Path) -> None:
    wanted = python310(tmp_path / "bin/python3.10")
    python310(tmp_path / ".pyenv/versions/3.10.13/bin/python3.10")
    assert find_python310(environ(tmp_path, PATH=str(wanted.parent))) == wanted


def test_pyenv_root_is_searched_and_the_newest_patch_taken(tmp_path: Path) -> None:
    root = tmp_path / "elsewhere"
    python310(root / "versions/3.10.9/bin/python3.10")
    newest = python310(root / "versions/3.10.13/bin/python3.10")
    python310(root / "versions/3.11.7/bin/python3.11")
    assert find_python310(environ(tmp_path / "home", PYENV_ROOT=str(root))) == newest


def test_the_variable_decides(tmp_path: Path) -> None:
    python310(tmp_path / ".pyenv/versions/3.10.13/bin/python3.10")
    chosen = python310(tmp_path / "mine")
    assert find_python310(environ(tmp_path, **{VARIABLE: str(chosen)})) == chosen


@pytest.mark.parametrize("chosen", [sys.executable, "/nonexistent/python3.10"])
def test_a_variable_that_names_no_python310_is_an_error_not_a_hint(
    tmp_path: Path, chosen: str
) -> None:
    python310(tmp_path / ".pyenv/versions/3.10.13/bin/python3.10")
    with pytest.raises(ValueError, match=chosen):
        find_python310(environ(tmp_path, **{VARIABLE: chosen}))


def test_the_probe_refuses_another_version() -> None:
    assert probe(sys.executable) is None
