"""Rasa's interpreter in a process of its own, which learns and then answers by what it learnt.

Rasa takes many seconds to be read: here that happens once for a training and the conversations
that are played on what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from common.priority import step_aside
from dialogue.rasa_client import (
    RasaError,
    Understanding,
    accepted,
    payloads,
    rasa_environment,
    spoken,
)

LEARN_S = 900.0
ANSWER_S = 60.0
CLOSE_S = 5.0
LOG_FILE = "apprentissage.log"


class ApprenticeError(Exception):
    """It did not learn. ``failure`` is what it gave as the reason, '' without any."""

    def __init__(self, failure: str = "", *, missing: bool = False, late: bool = False) -> None:
        super().__init__(failure)
        self.failure = failure
        self.missing = missing
        """There is no interpreter."""
        self.late = late
        """It took longer than ``LEARN_S``."""


class Apprentice:
    """One process. Use as a context; it is started when it is first needed, or before."""

    def __init__(self, folder: Path, project: Path, python: Path) -> None:
        """``folder`` gets the log; ``python`` is the interpreter of Rasa's own environment."""
        self.log = folder / LOG_FILE
        self._project = project
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._vectors = folder / "vecteurs"
        self._learnt = False
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Let it read Rasa; harmless when it has begun.

        Raises:
            ApprenticeError: there is no interpreter.
        """
        if self._process is not None:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._open.enter_context(tempfile.TemporaryDirectory(prefix="callbot-rasa-"))
        errors = self._open.enter_context(self.log.open("wb"))
        environment = {
            **os.environ,
            **rasa_environment(self._project),
            "RASA_MAX_CACHE_SIZE": "0",
            "RASA_CACHE_DIRECTORY": scratch,
        }
        try:
            self._process = subprocess.Popen(
                [str(self._python), "-m", "tools.train"],
                cwd=scratch,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise ApprenticeError(missing=True) from error
        step_aside(self._process.pid)

    def learn(self, compiled: Path, output: Path, step: Callable[[str], None]) -> None:
        """Learn a compiled project; ``step`` is told each stage.

        Raises:
            ApprenticeError: it did not.
        """
        self.start()
        failure = ""
        with self._within(LEARN_S) as late:
            folders = {"project": compiled, "output": output, "vectors": self._vectors}
            self._write({name: str(path) for name, path in folders.items()})
            for told in self._lines():
                step(str(told.get("step", "")))
                failure = str(told.get("error", failure))
                self._learnt = bool(told.get("learnt"))
                if self._learnt:
                    break
        if late.is_set():
            raise ApprenticeError(late=True)
        if failure or not self._learnt:
            raise ApprenticeError(failure)

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Return the answer to a question, see ``tools.train``.

        Raises:
            RasaError: no answer.
        """
        with self._within(ANSWER_S):
            self._write(question)
            for told in self._lines():
                if "answer" in told:
                    return told["answer"]
        raise RasaError("the process that learnt does not answer")

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(CLOSE_S if self._learnt else 0)
            process.kill()
            process.wait()
            process.stdout.close()
        self._open.close()

    def _write(self, content: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        # A process that has ended says why in its last lines.
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(content, ensure_ascii=False).encode() + b"\n")
            self._process.stdin.flush()

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        """Yield what the program tells; what Rasa itself prints is left out."""
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                content = json.loads(line)
                if isinstance(content, dict):
                    yield content

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[threading.Event]:
        """End the process when it takes longer; the event tells."""
        late, process = threading.Event(), self._process
        assert process is not None

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()
            timer.join()


class ApprenticeClient:
    """See :class:`dialogue.rasa_client.RasaClient`: the same questions to an apprentice."""

    def __init__(self, apprentice: Apprentice) -> None:
        self._apprentice = apprentice
        self._turn = asyncio.Lock()

    async def load(self, model: Path) -> None:
        """Answer by a model from now on; raises RasaError."""
        if not await self._ask({"load": str(model)}):
            raise RasaError("no model is loaded")

    async def rankings(self, texts: Sequence[str]) -> Sequence[Understanding]:
        """Return the intents of several texts; raises RasaError."""
        answer = await self._ask({"texts": [spoken(text) for text in texts]})
        return [
            Understanding.of((str(name), float(share)) for name, share in ranking)
            for ranking in answer
        ]

    async def parse(self, text: str) -> Understanding:
        """See :class:`dialogue.rasa_client.RasaClient`."""
        (found,) = await self.rankings([text])
        return found

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """See :class:`dialogue.rasa_client.RasaClient`."""
        told = {"conversation": conversation, "message": accepted(intent, entities)}
        return payloads(intent, await self._ask(told))

    async def forget(self, conversation: str) -> None:
        """See :class:`dialogue.rasa_client.RasaClient`."""
        await self._ask({"forget": conversation})

    async def _ask(self, question: Mapping[str, Any]) -> Any:
        async with self._turn:
            return await asyncio.to_thread(self._apprentice.ask, question)
