"""The speech process over its socket, with a voice that computes nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tts.client import SpeechClient, SpeechUnavailable
from tts.engine import SpeechError, Stop, StoppedError
from tts.prompts import PromptStore
from tts.renderer import Renderer
from tts.server import ServerError, SpeechServer
from tts.speechtext import spoken_sentences


class FakeVoice:
    """Returns the text as PCM; ``gate`` closed holds every sentence until it opens or stops."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.stopped: list[str] = []
        self.started = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def speak(self, spoken: str, pace: float = 1.0, stop: Stop | None = None) -> bytes:
        self.started.set()
        while not self.gate.wait(0.005):
            if stop is not None and stop.requested:
                self.stopped.append(spoken)
                raise StoppedError
        if "impossible" in spoken:
            raise SpeechError("Ce texte ne contient rien à dire.")
        if "panne" in spoken:
            raise RuntimeError("boom")
        self.spoken.append(spoken)
        return f"{pace}:{spoken}".encode()


class Box:
    """A running server and what it is made of."""

    def __init__(self, folder: Path, idle_after_s: float = 0.0) -> None:
        self.path = folder / "tts.sock"
        self.voice = FakeVoice()
        self.store = PromptStore(folder / "store")
        self.hurried: list[bool] = []
        self._idle_after_s = idle_after_s
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        server = SpeechServer(
            self.path,
            "voix",
            "empreinte",
            self.store,
            lambda finished: Renderer(
                self.voice, self.store, finished, self._idle_after_s, self.hurried.append
            ),
        )
        self._task = asyncio.create_task(server.run(self._stop))
        await until(lambda: self.path.exists() or (self._task is not None and self._task.done()))

    async def stop(self) -> None:
        self._stop.set()
        if self._task is not None:
            await self._task
        self._stop = asyncio.Event()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(
    folder: Path, idle_after_s: float = 0.0
) -> AsyncIterator[tuple[Box, SpeechClient]]:
    box = Box(folder, idle_after_s)
    await box.start()
    client = SpeechClient(box.path)
    await client.start()
    try:
        yield box, client
    finally:
        await client.close()
        box.voice.gate.set()
        await box.stop()


async def test_says_a_sentence_and_then_plays_it_from_the_store(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        assert client.voice == "voix"
        first = await client.speech("Ouvert à 9 h.")
        again = await client.speech("Ouvert à 9 h.")
        assert first.pcm == again.pcm == "1.0:Ouvert à neuf heures.".encode()
        assert (first.stored, again.stored) == (False, True)
        assert box.voice.spoken == ["Ouvert à neuf heures."]


async def test_pace_reaches_the_voice_and_has_its_own_prompt(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        assert await client.say("Bonjour.", pace=0.8) == b"0.8:Bonjour."
        assert await client.say("Bonjour.") == b"1.0:Bonjour."


async def test_keep_false_leaves_no_prompt(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        await client.speech("Bonjour Madame Martin.", keep=False)
        assert len(box.store) == 0


async def test_sentences_of_a_prepared_answer_are_stored_apart(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        client.prepare(["La mairie est fermée. Au revoir !"], urgent=True)
        await client.wait_prepared()
        speech = await client.speech("Au revoir !")
        assert speech.stored


async def test_identical_sentences_asked_at_once_are_computed_once(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        box.voice.gate.clear()
        asked = [asyncio.create_task(client.say("Un instant.")) for _ in range(5)]
        await until(box.voice.started.is_set)
        box.voice.gate.set()
        assert len(set(await asyncio.gather(*asked))) == 1
        assert box.voice.spoken == ["Un instant."]


async def test_one_of_two_waiting_callers_leaving_leaves_the_other_served(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        other = SpeechClient(box.path)
        await other.start()
        box.voice.gate.clear()
        leaving = asyncio.create_task(other.say("Un instant."))
        staying = asyncio.create_task(client.say("Un instant."))
        await until(box.voice.started.is_set)
        await other.close()
        box.voice.gate.set()
        assert await staying == b"1.0:Un instant."
        with pytest.raises(SpeechUnavailable):
            await leaving


async def test_a_caller_interrupts_idle_rendering_which_is_done_later(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        box.voice.gate.clear()
        client.prepare(["Une phrase pour plus tard."], urgent=False)
        await until(box.voice.started.is_set)
        asked = asyncio.create_task(client.say("Tout de suite."))
        await until(lambda: box.voice.stopped == ["Une phrase pour plus tard."])
        box.voice.gate.set()
        await asked
        await until(lambda: len(box.voice.spoken) == 2)
        assert box.voice.spoken == ["Tout de suite.", "Une phrase pour plus tard."]


async def test_a_caller_interrupts_what_start_up_waits_for(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        box.voice.gate.clear()
        client.prepare(["Une phrase de chaque appel."], urgent=True)
        await until(box.voice.started.is_set)
        asked = asyncio.create_task(client.say("Tout de suite."))
        await until(lambda: box.voice.stopped == ["Une phrase de chaque appel."])
        box.voice.gate.set()
        await asked
        await client.wait_prepared()
        assert box.voice.spoken == ["Tout de suite.", "Une phrase de chaque appel."]


async def test_the_process_hurries_while_a_caller_waits_for_a_sentence(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        client.prepare(["Plus tard."], urgent=True)
        await client.wait_prepared()
        assert box.hurried == []
        box.voice.gate.clear()
        asked = [asyncio.create_task(client.say(text)) for text in ("Un.", "Deux.")]
        await until(lambda: box.hurried == [True])
        box.voice.gate.set()
        await asyncio.gather(*asked)
        assert box.hurried == [True, False]


async def test_a_stored_sentence_interrupts_idle_rendering_too(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        await client.say("Bonjour.")
        box.voice.started.clear()
        box.voice.gate.clear()
        client.prepare(["Une phrase pour plus tard."], urgent=False)
        await until(box.voice.started.is_set)
        assert (await client.speech("Bonjour.")).stored
        await until(lambda: box.voice.stopped == ["Une phrase pour plus tard."])


async def test_a_number_is_spoken_at_once_from_its_pieces(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        ahead = ("J'ai noté le,", "zéro six,", "douze,", "trente-quatre,", "cinquante-six,")
        client.prepare([*ahead, "dix."], urgent=True, spoken=True)
        await client.wait_prepared()
        spoken = [pcm async for pcm in client.pieces("J'ai noté le 06 12 34 56 10.", keep=False)]
        assert [pcm.decode().removeprefix("1.0:") for pcm in spoken] == [*ahead, "dix."]
        other = await client.speech("J'ai noté le 06 12 34 56 11.", keep=False)
        assert not other.stored
        assert box.voice.spoken[-1] == spoken_sentences("J'ai noté le 06 12 34 56 11.")[0]


async def test_idle_rendering_waits_while_callers_speak(tmp_path: Path) -> None:
    async with running(tmp_path, idle_after_s=3600) as (box, client):
        await client.say("Bonjour.")
        client.prepare(["Plus tard."], urgent=False)
        client.prepare(["Tout de suite."], urgent=True)
        await client.wait_prepared()
        assert box.voice.spoken == ["Bonjour.", "Tout de suite."]
        assert client.progress is not None
        assert client.progress.idle_left == 1


async def test_a_streamed_sentence_starts_with_its_first_clause(tmp_path: Path) -> None:
    text = "Oui, samedi prochain au matin, la mairie est ouverte de neuf heures à midi."
    async with running(tmp_path) as (box, client):
        pieces = [piece async for piece in client.pieces(text)]
        assert len(pieces) == 2
        assert pieces[0] == b"1.0:Oui, samedi prochain au matin,"
        assert [piece async for piece in client.pieces(text)] == pieces
        assert len(box.voice.spoken) == 2


async def test_a_stored_sentence_is_streamed_whole(tmp_path: Path) -> None:
    text = "Oui, samedi prochain au matin, la mairie est ouverte de neuf heures à midi."
    async with running(tmp_path) as (box, client):
        whole = await client.say(text)
        assert [piece async for piece in client.pieces(text)] == [whole]
        assert len(box.voice.spoken) == 1


async def test_a_stream_that_fails_raises(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        with pytest.raises(SpeechUnavailable):
            _ = [piece async for piece in client.pieces("C'est impossible.")]


async def test_wait_prepared_returns_at_once_when_all_is_stored(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        await client.say("Bonjour.")
        client.prepare(["Bonjour."], urgent=True)
        await client.wait_prepared()
        assert box.voice.spoken == ["Bonjour."]


@pytest.mark.parametrize("text", ["…", "C'est impossible.", "En panne."])
async def test_what_cannot_be_said_fails_and_the_next_is_served(tmp_path: Path, text: str) -> None:
    async with running(tmp_path) as (_, client):
        with pytest.raises(SpeechUnavailable):
            await client.say(text)
        assert await client.say("Bonjour.") == b"1.0:Bonjour."


async def test_a_client_that_talks_nonsense_disturbs_nobody(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x02\xc1\xc1", b"\xff" * 64, b""):
            _, writer = await asyncio.open_unix_connection(str(box.path))
            writer.write(garbage)
            writer.close()
        assert await client.say("Bonjour.") == b"1.0:Bonjour."


async def test_reconnects_and_prepares_again_after_a_restart(tmp_path: Path) -> None:
    box = Box(tmp_path)
    await box.start()
    client = SpeechClient(box.path)
    await client.start()
    client.prepare(["Bonjour."], urgent=True)
    await client.wait_prepared()
    box.voice.gate.clear()
    box.voice.started.clear()
    pending = asyncio.create_task(client.say("Une longue phrase."))
    await until(box.voice.started.is_set)
    await box.stop()
    with pytest.raises(SpeechUnavailable):
        await pending
    with pytest.raises(SpeechUnavailable):
        await client.say("Personne n'écoute.")
    box.voice.gate.set()
    await box.start()
    await client.start()
    await client.wait_prepared()
    assert (await client.speech("Bonjour.")).stored
    await client.close()
    await box.stop()
    assert not box.path.exists()


async def test_a_second_server_on_the_same_socket_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        second = Box(tmp_path)
        with pytest.raises(ServerError, match="Un autre processus"):
            await second.start()
            await second.stop()
        assert await client.say("Bonjour.") == b"1.0:Bonjour."
        assert box.path.exists()


async def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "tts.sock").touch()
    box = Box(tmp_path)
    box.path.unlink()
    box.path.touch()
    await box.start()
    await until(box.path.is_socket)
    _, writer = await asyncio.open_unix_connection(str(box.path))
    writer.close()
    await box.stop()
