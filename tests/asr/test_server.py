"""The recognition socket: order, cancelling, broken clients, restarts."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from asr.client import RecognitionClient, RecognitionUnavailable
from asr.engine import Hint, Recognition
from asr.protocol import Cancel, Ready, Recognise, Reply, Transcript
from asr.server import LONGEST_QUEUE, RecognitionServer, SocketBusyError
from asr.vocabulary import STREET, YES_NO, Vocabulary
from common.wire import Channel

PATIENCE_S = 10.0
TOWN = Vocabulary(town=("mairie", "piscine"), streets=("rue des Lilas",))


class GatedEngine:
    """Answers with the audio's own bytes as text, each only when the test lets it."""

    def __init__(self, is_open: bool = True) -> None:
        self.begun: list[str] = []
        self.started = threading.Semaphore(0)
        self.gate = threading.Event()
        if is_open:
            self.gate.set()

    def recognise(self, pcm: bytes, hint: Hint) -> Recognition:
        name = pcm.decode()
        self.begun.append(name)
        self.started.release()
        if not self.gate.wait(PATIENCE_S):
            raise TimeoutError
        if name == "fault!":
            raise RuntimeError("inference")
        return Recognition(
            f"{name} {','.join(hint.words)}".strip(), confidence=0.9, avg_logprob=-0.1
        )

    async def wait_begun(self) -> None:
        assert await asyncio.to_thread(self.started.acquire, timeout=PATIENCE_S)


@contextlib.asynccontextmanager
async def serving(engine: GatedEngine, path: Path) -> AsyncIterator[RecognitionServer]:
    server = RecognitionServer(engine, "base", path)
    task = asyncio.create_task(server.run())
    try:
        await until(lambda: path.exists() or task.done())
        yield server
    finally:
        engine.gate.set()
        server.stop()
        await asyncio.wait_for(task, PATIENCE_S)


@contextlib.asynccontextmanager
async def connected(
    path: Path, vocabulary: Vocabulary | None = None
) -> AsyncIterator[RecognitionClient]:
    client = RecognitionClient(path, vocabulary)
    await client.start()
    try:
        await asyncio.wait_for(client.wait_ready(), PATIENCE_S)
        yield client
    finally:
        await client.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "asr.sock"


async def test_a_request_is_answered_with_the_words_that_are_expected(path: Path) -> None:
    async with serving(GatedEngine(), path), connected(path, TOWN) as client:
        transcript = await client.recognise("c1", b"bonjour!", 1.0, YES_NO)
        where = await client.recognise("c1", b"lilas", 1.0, STREET)
        assert client.model == "base"
        assert transcript.text.startswith("bonjour! Oui,Non")
        assert where.text == "lilas rue des Lilas"
        assert transcript.confidence == 0.9
        assert transcript.duration_s == pytest.approx(8 / 32000)


async def test_other_words_are_for_the_calls_that_begin_afterwards(path: Path) -> None:
    async with serving(GatedEngine(), path), connected(path, TOWN) as client:

        async def heard(call: str) -> str:
            return (await client.recognise(call, b"ici", 1.0, STREET)).text

        assert await heard("old") == "ici rue des Lilas"
        client.renew(Vocabulary(streets=("rue des Roses",)))
        async with asyncio.timeout(PATIENCE_S):
            number = 0
            while await heard(f"new{number}") != "ici rue des Roses":
                await asyncio.sleep(0.005)
                number += 1
        assert await heard("old") == "ici rue des Lilas"
        client.renew(TOWN)
        client.renew(Vocabulary(streets=("rue du Bac",)))
        async with asyncio.timeout(PATIENCE_S):
            while await heard(f"then{number}") != "ici rue du Bac":
                await asyncio.sleep(0.005)
                number += 1


async def test_the_caller_who_waits_longest_is_served_first(path: Path) -> None:
    engine = GatedEngine(is_open=False)
    async with (
        serving(engine, path) as server,
        connected(path) as client,
        connected(path) as other,
    ):
        first = asyncio.create_task(client.recognise("c0", b"head", 50.0))
        await engine.wait_begun()
        waits = {"late": (client, 9.0), "soon": (other, 3.0), "next": (client, 5.0)}
        tasks = [
            asyncio.create_task(who.recognise(name, name.encode(), since))
            for name, (who, since) in waits.items()
        ]
        await until(lambda: server.waiting == 3)
        engine.gate.set()
        await asyncio.gather(first, *tasks)
        assert engine.begun == ["head", "soon", "next", "late"]


async def test_cancelling_the_task_withdraws_a_request_that_waits(path: Path) -> None:
    engine = GatedEngine(is_open=False)
    async with serving(engine, path) as server, connected(path) as client:
        running = asyncio.create_task(client.recognise("c1", b"runs", 1.0))
        await engine.wait_begun()
        withdrawn = asyncio.create_task(client.recognise("c2", b"gone", 2.0))
        kept = asyncio.create_task(client.recognise("c3", b"kept", 3.0))
        await until(lambda: server.waiting == 2)
        withdrawn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await withdrawn
        await until(lambda: server.waiting == 1)
        engine.gate.set()
        await asyncio.gather(running, kept)
        assert engine.begun == ["runs", "kept"]


class EndlessEngine(GatedEngine):
    """Goes on until nobody wants the result."""

    def recognise(self, pcm: bytes, hint: Hint) -> Recognition:
        self.begun.append(pcm.decode())
        self.started.release()
        deadline = time.monotonic() + PATIENCE_S
        while hint.wanted():
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.002)
        return Recognition("", reason="cancelled")


async def test_cancelling_the_task_ends_a_request_that_has_begun(path: Path) -> None:
    engine = EndlessEngine()
    async with serving(engine, path), connected(path) as client:
        for name in ("first", "second"):
            task = asyncio.create_task(client.recognise("c1", name.encode(), 1.0))
            await engine.wait_begun()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert engine.begun == ["first", "second"]


async def test_what_a_client_that_left_had_begun_ends_and_others_go_on(path: Path) -> None:
    engine = EndlessEngine()
    async with serving(engine, path), connected(path) as client:
        channel: Channel[Reply] = await Channel.connect(path, Reply)
        channel.send(Recognise(id=1, call="x", pcm=b"left", waiting_since=0.0))
        await engine.wait_begun()
        await channel.close()
        stays = asyncio.create_task(client.recognise("c1", b"stays!", 1.0))
        await engine.wait_begun()
        assert not stays.done()
        stays.cancel()


async def test_stopping_ends_what_has_begun(path: Path) -> None:
    engine = EndlessEngine()
    async with serving(engine, path) as server, connected(path) as client:
        running = asyncio.create_task(client.recognise("c1", b"runs", 1.0))
        await engine.wait_begun()
        server.stop()
        with pytest.raises(RecognitionUnavailable):
            await asyncio.wait_for(running, PATIENCE_S)


async def test_the_server_answers_a_cancel_with_its_reason(path: Path) -> None:
    engine = GatedEngine(is_open=False)
    async with serving(engine, path):
        channel: Channel[Reply] = await Channel.connect(path, Reply)
        replies = aiter(channel)
        assert isinstance(await anext(replies), Ready)
        channel.send(Recognise(id=1, call="c", pcm=b"runs", waiting_since=1.0))
        await engine.wait_begun()
        channel.send(Recognise(id=2, call="c", pcm=b"waits!", waiting_since=2.0))
        channel.send(Cancel(id=2))
        channel.send(Cancel(id=99))
        reply = await anext(replies)
        assert isinstance(reply, Transcript)
        assert (reply.id, reply.text, reply.reason) == (2, "", "cancelled")
        await channel.close()


async def test_a_failing_inference_is_an_answer_and_the_next_one_works(path: Path) -> None:
    async with serving(GatedEngine(), path), connected(path) as client:
        failed = await client.recognise("c1", b"fault!", 1.0)
        assert (failed.text, failed.confidence, failed.reason) == ("", 0.0, "error")
        assert (await client.recognise("c1", b"again!", 2.0)).text == "again!"


async def test_a_worker_that_meets_a_defect_ends_the_server(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(server: RecognitionServer, *_: object) -> None:
        raise RuntimeError("defect")

    monkeypatch.setattr(RecognitionServer, "_reply", broken)
    running = asyncio.create_task(RecognitionServer(GatedEngine(), "base", path).run())
    await until(lambda: path.exists() or running.done())
    async with connected(path) as client:
        with pytest.raises(RecognitionUnavailable):
            await client.recognise("c1", b"bonjour!", 1.0)
    with pytest.raises(RuntimeError, match="defect"):
        await asyncio.wait_for(running, PATIENCE_S)


async def test_audio_beyond_the_limit_is_refused_not_recognised(path: Path) -> None:
    engine = GatedEngine()
    async with serving(engine, path), connected(path) as client:
        transcript = await client.recognise("c1", bytes(32000 * 61), 1.0)
        assert transcript.reason == "error"
        assert engine.begun == []


async def test_the_queue_is_bounded(path: Path) -> None:
    engine = GatedEngine(is_open=False)
    async with serving(engine, path), connected(path) as client:
        first = asyncio.create_task(client.recognise("c", b"head", 0.0))
        await engine.wait_begun()
        tasks = [
            asyncio.create_task(client.recognise("c", f"n{i:03}".encode(), float(i)))
            for i in range(LONGEST_QUEUE + 5)
        ]
        await until(lambda: sum(task.done() for task in tasks) == 5)
        engine.gate.set()
        await first
        reasons = [transcript.reason for transcript in await asyncio.gather(*tasks)]
        assert reasons == [""] * LONGEST_QUEUE + ["error"] * 5


@pytest.mark.parametrize(
    "junk", [struct.pack(">I", 5) + b"junk!", b"\xff\xff\xff\xff" + bytes(64), b"\x00\x00"]
)
async def test_a_client_that_talks_nonsense_disturbs_nobody(path: Path, junk: bytes) -> None:
    async with serving(GatedEngine(), path), connected(path) as client:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(junk)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            await reader.read()
        writer.close()
        assert (await client.recognise("c1", b"fine", 1.0)).text == "fine"


async def test_requests_of_a_client_that_left_are_dropped(path: Path) -> None:
    engine = GatedEngine(is_open=False)
    async with serving(engine, path) as server, connected(path) as client:
        running = asyncio.create_task(client.recognise("c1", b"runs", 1.0))
        await engine.wait_begun()
        channel: Channel[Reply] = await Channel.connect(path, Reply)
        channel.send(Recognise(id=1, call="x", pcm=b"left", waiting_since=0.0))
        await until(lambda: server.waiting == 1)
        await channel.close()
        await until(lambda: server.waiting == 0)
        engine.gate.set()
        await running
        await client.recognise("c1", b"last", 2.0)
        assert engine.begun == ["runs", "last"]


async def test_the_client_fails_what_it_waits_for_and_comes_back(path: Path) -> None:
    engine = GatedEngine(is_open=False)
    async with contextlib.AsyncExitStack() as stack:
        first = contextlib.AsyncExitStack()
        server = await first.enter_async_context(serving(engine, path))
        client = await stack.enter_async_context(connected(path))
        running = asyncio.create_task(client.recognise("c1", b"runs", 1.0))
        await engine.wait_begun()
        waiting = asyncio.create_task(client.recognise("c1", b"waits!", 2.0))
        await until(lambda: server.waiting == 1)
        await first.aclose()
        with pytest.raises(RecognitionUnavailable):
            await asyncio.wait_for(waiting, PATIENCE_S)
        await asyncio.wait([running], timeout=PATIENCE_S)
        assert running.done()
        assert isinstance(running.exception(), RecognitionUnavailable | type(None))
        await until(lambda: not client.ready)
        with pytest.raises(RecognitionUnavailable):
            await client.recognise("c1", b"down", 3.0)

        await stack.enter_async_context(serving(GatedEngine(), path))
        await asyncio.wait_for(client.wait_ready(), PATIENCE_S)
        assert (await client.recognise("c1", b"back", 4.0)).text == "back"


async def test_closing_the_client_fails_what_it_waits_for(path: Path) -> None:
    engine = GatedEngine(is_open=False)
    async with serving(engine, path), connected(path) as client:
        running = asyncio.create_task(client.recognise("c1", b"runs", 1.0))
        await engine.wait_begun()
        await client.close()
        with pytest.raises(RecognitionUnavailable):
            await asyncio.wait_for(running, PATIENCE_S)


async def test_a_second_process_on_the_same_socket_is_refused(path: Path) -> None:
    async with serving(GatedEngine(), path), connected(path) as client:
        with pytest.raises(SocketBusyError, match="déjà"):
            await RecognitionServer(GatedEngine(), "base", path).run()
        assert (await client.recognise("c1", b"fine", 1.0)).text == "fine"


@pytest.fixture
def left_behind(path: Path) -> Iterator[Path]:
    path.touch()
    yield path
    assert not path.exists(), "the server left its socket"


async def test_a_socket_left_by_a_dead_process_is_taken_over(left_behind: Path) -> None:
    path = left_behind
    async with serving(GatedEngine(), path), connected(path) as client:
        assert (await client.recognise("c1", b"fine", 1.0)).text == "fine"
