"""Rasa over HTTP on loopback: what was said in, intents and payloads out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import quote

import aiohttp

from dialogue.compiling import PROJECT

LOAD_S = 60.0
"""A model is loaded in a second or two; a busy machine takes longer."""
MAX_CHARACTERS = 1000
"""Rasa gets no longer text; its classifier cuts at the same length."""


class RasaError(Exception):
    """Rasa does not answer, or not with what the callbot understands."""


@dataclass(frozen=True)
class Understanding:
    """Every intent with its probability, best first."""

    ranking: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, float]]) -> Self:
        """Return it for intents in any order."""
        return cls(tuple(sorted(pairs, key=lambda pair: -pair[1])))


class RasaQuestions(Protocol):
    """What a model is asked, wherever it runs; see :class:`RasaClient`."""

    async def parse(self, text: str) -> Understanding: ...

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]: ...

    async def forget(self, conversation: str) -> None: ...


class RasaClient:
    """One Rasa server. Make it and use it in one event loop; close it at the end."""

    def __init__(self, base_url: str, timeout_s: float = 5.0) -> None:
        self._base = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def parse(self, text: str) -> Understanding:
        """Return the intents for what a caller said.

        Raises:
            RasaError: no answer in time, or an error.
        """
        answer = await self._request("POST", "/model/parse", {"text": spoken(text)})
        try:
            pairs = [(str(i["name"]), float(i["confidence"])) for i in answer["intent_ranking"]]
        except (KeyError, TypeError, ValueError) as error:
            raise RasaError("no intent ranking in the answer") from error
        return Understanding.of(pairs)

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Tell Rasa the accepted intent and return what the core has to do.

        Raises:
            RasaError: no answer in time, an error, or nothing to do.
        """
        body = {"sender": conversation, "message": accepted(intent, entities)}
        return payloads(intent, await self._request("POST", "/webhooks/rest/webhook", body))

    async def forget(self, conversation: str) -> None:
        """Empty the memory of one conversation, known or not.

        Raises:
            RasaError: no answer in time, or an error.
        """
        path = f"/conversations/{quote(conversation, safe='')}/tracker/events"
        await self._request("PUT", path, [])

    async def load(self, model: Path) -> None:
        """Answer by another model from now on; conversations in memory are forgotten.

        Raises:
            RasaError: the model cannot be loaded, and perhaps none is.
        """
        await self._request("PUT", "/model", {"model_file": str(model)}, LOAD_S)
        if not await self.ready():
            raise RasaError("no model is loaded")

    async def ready(self) -> bool:
        """Tell whether a model is loaded and answers."""
        try:
            status = await self._request("GET", "/status", None)
        except RasaError:
            return False
        return isinstance(status, dict) and bool(status.get("model_file"))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _request(
        self, method: str, path: str, body: Any, timeout_s: float | None = None
    ) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.request(
                method,
                self._base + path,
                json=body,
                timeout=aiohttp.ClientTimeout(total=timeout_s) if timeout_s else self._timeout,
            ) as response:
                if response.status == 204:
                    return None
                if response.status != 200:
                    raise RasaError(f"{method} {path} answered {response.status}")
                return await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise RasaError(f"{method} {path}: {error or type(error).__name__}") from error


def spoken(text: str) -> str:
    """Return a text as Rasa gets it: a leading slash would be a command."""
    return text.strip().lstrip("/ ")[:MAX_CHARACTERS]


def accepted(intent: str, entities: Mapping[str, str]) -> str:
    """Return the structured message that tells Rasa an intent."""
    content = {name: value for name, value in entities.items() if value}
    return f"/{intent}{json.dumps(content, ensure_ascii=False)}"


def payloads(intent: str, answer: Any) -> list[dict[str, Any]]:
    """Return what the core has to do by an answer to :func:`accepted`.

    Raises:
        RasaError: there is nothing to do.
    """
    if not isinstance(answer, list) or not answer:
        raise RasaError(f"no payload for the intent {intent!r}")
    found = [part.get("custom") if isinstance(part, dict) else None for part in answer]
    if not all(isinstance(payload, dict) and payload.get("type") for payload in found):
        raise RasaError(f"an answer without payload for the intent {intent!r}")
    return [payload for payload in found if isinstance(payload, dict)]


def rasa_command(python: Path, model: Path, port: int, project: Path = PROJECT) -> list[str]:
    """Return the command that serves ``model`` on loopback with Rasa's interpreter."""
    return [
        str(python),
        *("-m", "rasa", "run", "--enable-api"),
        *("--interface", "127.0.0.1", "--port", str(port)),
        *("--model", str(model)),
        *("--credentials", str(project / "credentials.yml")),
        *("--endpoints", str(project / "endpoints.yml")),
    ]


def rasa_environment(project: Path = PROJECT) -> dict[str, str]:
    """Return what Rasa's process needs in its environment, besides the inherited one."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    return {
        "PYTHONPATH": str(project),
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_WORKERS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        **{f"{library}_NUM_THREADS": "1" for library in threads},
    }
