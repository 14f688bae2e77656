"""What README and docs/ name is there: commands, options, modules, files, links."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from callbot import cli
from callbot.settings import Settings
from dialogue.config import DialogueSettings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
ROOMS = ("asr", "callbot", "common", "console", "dialogue", "knowledge", "telephony", "tts")
FENCE = re.compile(r"^ *```\w*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
QUOTED = re.compile(r"« ((?:callbot|make) [a-z][^»\n]*) »")
CALLBOT = re.compile(r"(?:^|uv run |sudo )callbot ([a-z].*)$")
MODULE = re.compile(r"python -m ([\w.]+)(.*)$")
MAKE = re.compile(r"^make ([a-z][\w-]*)")


def code_of(document: Path) -> Iterator[str]:
    """Yield the lines of code blocks, and what stands in the text as code."""
    text = document.read_text("utf-8")
    for block in FENCE.findall(text):
        yield from (line.strip() for line in block.splitlines())
    yield from SPAN.findall(FENCE.sub("", text))


def named() -> Iterator[tuple[str, str]]:
    """Yield each file and a command that it names."""
    for document in DOCUMENTS:
        for code in code_of(document):
            yield document.name, code.split(" #")[0].strip()
    for room in ROOMS:
        for source in (ROOT / room).rglob("*.py"):
            for said in QUOTED.findall(source.read_text("utf-8")):
                yield source.name, said


NAMED = sorted(set(named()))


def options(words: list[str]) -> list[str]:
    return [word.split("=")[0].strip("[]") for word in words if word.startswith("--")]


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    return cli.build_parser(cli.command_modules())


def test_every_command_of_callbot_is_there_with_its_options(
    parser: argparse.ArgumentParser,
) -> None:
    found = [(name, match[1]) for name, code in NAMED if (match := CALLBOT.search(code))]
    assert found
    for name, line in found:
        words = shlex.split(line)
        at = parser
        while words and words[0] in subcommands(at):
            at = subcommands(at)[words.pop(0)]
        assert at is not parser, f"{name}: callbot {line}"
        assert not subcommands(at) or not words or words[0].startswith("--"), f"{name}: {line}"
        for option in options(words):
            assert option in at._option_string_actions, f"{name}: callbot {line}"


def test_every_module_that_is_to_be_run_is_there_with_its_options() -> None:
    found = [(name, match) for name, code in NAMED if (match := MODULE.search(code))]
    assert found
    for name, match in found:
        spec = importlib.util.find_spec(match[1])
        assert spec is not None, f"{name}: {match[1]}"
        assert spec.origin is not None
        source = Path(spec.origin)
        package = source.with_name("__main__.py") if source.name == "__init__.py" else source
        written = package.read_text("utf-8")
        for option in options(match[2].split()):
            assert f'"{option}"' in written, f"{name}: {match[0]}"


def test_every_target_of_make_is_there() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    found = [(name, match[1]) for name, code in NAMED if (match := MAKE.search(code))]
    assert found
    assert [(name, target) for name, target in found if target not in targets] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_of_the_program_is_where_it_is_said_to_be(document: Path) -> None:
    place = re.compile(rf"^(?:{'|'.join((*ROOMS, 'bench', 'tests', 'docs'))})/[\w./-]*$")
    paths = {code for code in code_of(document) if place.match(code)}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_of_a_room_is_listed_and_there(room: str) -> None:
    text = (ROOT / "docs/modules.md").read_text("utf-8")
    told = text.partition(f"## `{room}/`\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`([\w/]+(?:\.py|/))`", told))
    assert [name for name in sorted(listed) if not (ROOT / room / name).exists()] == []
    modules = {path.name for path in (ROOT / room).glob("*.py")} - {"__init__.py"}
    packages = {f"{path.parent.name}/" for path in (ROOT / room).glob("*/__init__.py")}
    assert sorted((modules | packages) - listed) == []


def test_every_setting_that_is_named_in_full_is_there() -> None:
    found = 0
    for name, code in NAMED:
        match = re.fullmatch(r"([a-z_]+)(?:\.|: )([a-z_]+)(?:: .*)?", code)
        section = match and sections().get(match[1])
        if match and section:
            found += 1
            assert match[2] in section.model_fields, f"{name}: {code}"
    assert found


def sections() -> dict[str, type[BaseModel]]:
    """Return the parts of callbot.yml and dialogue.yml by name."""
    both = {**Settings.model_fields, **DialogueSettings.model_fields}
    kinds = ((name, field.annotation) for name, field in both.items())
    return {
        name: kind for name, kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)
    }
