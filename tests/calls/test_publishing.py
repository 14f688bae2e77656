"""What is published while somebody calls: that call goes on, the next one hears it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from callbot.publishing import served
from tests.harness.box import PATIENCE_S, Box
from tests.paths import PROJECT

pytestmark = [pytest.mark.calls, pytest.mark.timeout(600)]

QUESTION = "Bonjour, la médiathèque est ouverte à quelle heure samedi ?"


def test_saturday_hours_go_live_while_a_call_is_in_progress(box: Box) -> None:
    # What is played before a publication has tests of its own; here it would only take time.
    shutil.rmtree(box.paths.conversations, ignore_errors=True)
    before = served.read(box.paths.served_file)
    assert before is not None
    assert before.version
    arguments = ["call", QUESTION, QUESTION, "Merci, au revoir", "--silence", PATIENCE_S, "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "callbot.cli", *arguments],
        cwd=PROJECT,
        env=box.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as first:
        box.wait_for_calls(1)
        file = box.paths.town / "lieux" / "mediatheque.yml"
        text = file.read_text("utf-8")
        assert "We,Sa 10:00-18:00" in text
        file.write_text(text.replace("We,Sa 10:00-18:00", "We,Sa 10:00-22:00"), "utf-8")
        done = box.command("publier", "--raison", "nocturne du samedi")
        assert done.returncode == 0, done.stdout + done.stderr
        now = served.read(box.paths.served_file)
        assert now is not None
        assert now.version != before.version
        out, errors = first.communicate(timeout=300)
    report = json.loads(out)
    assert report["error"] is None, errors
    assert report["outcome"] == "answered"
    for turn in report["turns"][:2]:
        assert "18 heures" in turn["said"], turn
    after = box.call(QUESTION, "Merci, au revoir")
    said = after["turns"][0]["said"]
    assert "22 heures" in said, said
    assert after["record"]["versions"] != report["record"]["versions"]
    back = box.command("train", "--rollback", "--raison", "fin de l'essai")
    assert back.returncode == 0, back.stdout + back.stderr
    assert "We,Sa 10:00-18:00" in file.read_text("utf-8")
