"""The recognition process as the supervisor starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from asr.client import RecognitionClient
from common.french import fold
from tests.asr.sounds import pcm, recorded
from tests.paths import PROJECT

pytestmark = pytest.mark.component

MODEL = Path(os.environ.get("CALLBOT_VAR", PROJECT / "var")) / "models" / "whisper-base"


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callbot.hearing", *arguments, cwd=PROJECT,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_it_recognises_over_the_socket_and_ends_on_sigterm(tmp_path: Path) -> None:
    socket = tmp_path / "asr.sock"
    process = await start("--socket", str(socket), "--model", str(MODEL))
    client = RecognitionClient(socket)
    await client.start()
    try:
        await asyncio.wait_for(client.wait_ready(), 60.0)
        transcript = await client.recognise("c1", pcm(recorded("conf-unmuted")), 1.0)
        assert fold(transcript.text) == "vous pouvez maintenant parler"
        assert transcript.compute_s > 0.0
        assert client.model == "whisper-base"
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 20.0)
        assert process.returncode == 0
        assert b"maintenant parler" not in errors, "what callers say must not be logged"
        assert b"Traceback" not in errors
    finally:
        await client.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_missing_model_is_one_french_sentence_and_a_code_of_its_own(tmp_path: Path) -> None:
    process = await start("--socket", str(tmp_path / "s"), "--model", str(tmp_path / "absent"))
    _, errors = await asyncio.wait_for(process.communicate(), 60.0)
    assert process.returncode == 78
    lines = errors.decode().strip().splitlines()
    assert len(lines) == 1 and "introuvable" in lines[0]
