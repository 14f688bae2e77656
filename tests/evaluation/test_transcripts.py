"""Recordings are recognised once."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbot.evaluation.transcripts import KeptTranscripts, TranscriptError
from dialogue.ports import Heard


class Counting:
    def __init__(self) -> None:
        self.asked = 0

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        self.asked += 1
        return Heard(f"texte {len(pcm)}", 0.5, "")


async def test_a_recording_is_recognised_once_for_each_expectation(tmp_path: Path) -> None:
    file, inner = tmp_path / "t.jsonl", Counting()
    first = KeptTranscripts(file, inner)
    assert not first.knows(b"ab", "premier")
    assert (await first.recognise("c", b"ab", 0.0, "premier")).text == "texte 2"
    await first.recognise("c", b"ab", 0.0, "oui_non")
    again = KeptTranscripts(file)
    assert again.knows(b"ab", "premier")
    assert await again.recognise("c", b"ab", 0.0, "premier") == Heard("texte 2", 0.5)
    assert inner.asked == 2


def test_a_file_of_something_else_is_refused_in_french(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text('{"id": "a"}\n')
    with pytest.raises(TranscriptError, match="ne contient pas de transcriptions"):
        KeptTranscripts(file)
