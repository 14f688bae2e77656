"""One process learns and answers: the real Rasa, and stand-ins that fail."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from dialogue.apprentice import Apprentice, ApprenticeClient, ApprenticeError
from dialogue.compiling import PROJECT, compile_project
from dialogue.intents import IntentFile, Intents
from dialogue.rasa_client import RasaClient, RasaError
from dialogue.training import Version

SENTENCES = (
    "euh je voudrais refaire mon passeport",
    "il y a le feu !",
    "/affirmer",
    "?",
    "é" * 3000,
)

ANSWERS = """#!{python}
import json, sys
job = json.loads(sys.stdin.readline())
print(json.dumps({{"step": "train"}}), flush=True)
print("Rasa talks", flush=True)
print(json.dumps({{"learnt": True}}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "forget" in asked:
        break
    print(json.dumps({{"answer": asked}}), flush=True)
"""


def apprentice(folder: Path, script: str) -> Apprentice:
    python = folder / "python"
    python.write_text(script.format(python=sys.executable), "utf-8")
    python.chmod(0o755)
    return Apprentice(folder / "rasa", PROJECT, python)


@pytest.mark.component
@pytest.mark.timeout(300)
async def test_what_has_learnt_answers_as_the_server_does(
    server: str, version: Version, intents: Intents, python: Path, tmp_path: Path
) -> None:
    compiled, output = tmp_path / "compile", tmp_path / "out"
    compiled.mkdir()
    output.mkdir()
    few = {
        name: IntentFile(
            intention=name, conduite=intents.behaviour(name), exemples=intents.examples(name)[:6]
        )
        for name in intents.names
    }
    compile_project(Intents(few), compiled)
    over_http = RasaClient(server)
    with Apprentice(tmp_path, PROJECT, python) as rasa:
        steps: list[str] = []
        await asyncio.to_thread(rasa.learn, compiled, output, steps.append)
        assert (output / "model.tar.gz").is_file()
        assert {"validate", "train"} <= set(steps)
        client = ApprenticeClient(rasa)
        await client.load(output / "model.tar.gz")
        heard = intents.examples("urgence")[0]
        assert (await client.parse(heard)).ranking[0][0] == "urgence"
        assert await client.step("a", "urgence", {}) == [{"type": "urgence"}]
        await client.load(version.model)
        for sentence in SENTENCES:
            here, there = await client.parse(sentence), await over_http.parse(sentence)
            assert [name for name, _ in here.ranking] == [name for name, _ in there.ranking]
            assert dict(here.ranking) == pytest.approx(dict(there.ranking), abs=1e-5)
        told = {"attente": "transfert", "lieu": "piscine"}
        assert await client.step("b", "affirmer", told) == await over_http.step(
            "b", "affirmer", told
        )
        await client.forget("b")
        assert await client.step("b", "affirmer", {}) == [{"type": "ecouter"}]
        with pytest.raises(RasaError):
            await client.step("b", "intention_inconnue", {})
    await over_http.close()
    assert list((tmp_path / "vecteurs").glob("use-*.npz"))


def test_what_rasa_prints_itself_is_no_answer(tmp_path: Path) -> None:
    with apprentice(tmp_path, ANSWERS) as rasa:
        steps: list[str] = []
        rasa.learn(tmp_path, tmp_path, steps.append)
        assert "train" in steps
        assert rasa.ask({"load": "x"}) == {"load": "x"}
        with pytest.raises(RasaError):
            rasa.ask({"forget": "c"})


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("#!/bin/sh\nexit 1\n", ""),
        ('#!/bin/sh\necho \'{{"error": "ValueError: x"}}\'\nexit 1\n', "ValueError: x"),
        ('#!/bin/sh\necho \'{{"step": "train"}}\'\nkill -9 $$\n', ""),
    ],
)
def test_who_ends_without_having_learnt_has_failed(
    tmp_path: Path, script: str, failure: str
) -> None:
    with (
        apprentice(tmp_path, script) as rasa,
        pytest.raises(ApprenticeError) as raised,
    ):
        rasa.learn(tmp_path, tmp_path, lambda _step: None)
    assert raised.value.failure == failure


def test_one_that_was_begun_in_vain_is_ended(tmp_path: Path) -> None:
    with apprentice(tmp_path, "#!/bin/sh\nexec sleep 600\n") as rasa:
        rasa.start()
        process = rasa._process
        rasa.start()
        assert rasa._process is process
    assert process is not None
    assert process.poll() is not None
    with apprentice(tmp_path, "#!/nowhere\n") as rasa, pytest.raises(ApprenticeError) as raised:
        rasa.start()
    assert raised.value.missing
