"""The schemas describe the delivered files, and find what is wrong in a damaged one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callbot import cli, schemas
from common.yamlfile import read_tree
from tests.paths import CONFIG


def unknown_keys(schema: dict[str, Any], node: dict[str, Any]) -> set[str]:
    """Return the top keys of a file that its schema does not know."""
    branches = [schema, *schema.get("anyOf", ())]
    resolved = [schema["$defs"][b["$ref"].split("/")[-1]] if "$ref" in b else b for b in branches]
    known = {key for branch in resolved for key in branch.get("properties", ())}
    return set(node) - known


@pytest.mark.parametrize("name", list(schemas.schemas()))
def test_the_delivered_files_use_the_keys_of_their_schema(name: str) -> None:
    schema = schemas.schemas()[name]
    files = list(CONFIG.glob(schemas.pattern(name)))
    assert files or name == "essais"  # sentences that a town tries: none are delivered
    for file in files:
        assert unknown_keys(schema, read_tree(file)) == set(), file


def test_a_wrong_key_is_not_in_the_schema() -> None:
    place = schemas.schemas()["lieu"]
    assert place["additionalProperties"] is False
    assert unknown_keys(place, {"horraires": ""}) == {"horraires"}
    assert "horaires" in place["properties"]


def test_the_command_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema", str(tmp_path / "s"), "--var", str(tmp_path / "var")]) == 0
    assert "lieu.json  # config/ville/lieux/*.yml" in capsys.readouterr().out
    assert json.loads((tmp_path / "s" / "lieu.json").read_text("utf-8"))["type"] == "object"
