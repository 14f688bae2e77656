"""The running core takes over what was published: calls in progress keep what they began with.

A version is loaded and its new sentences are rendered beside the calls; only then do new calls
get it. Whatever fails on the way leaves the one that is served.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from callbot.publishing import served
from callbot.publishing.served import Served
from callbot.publishing.versions import Published, Versions
from common import logs
from common.yamlfile import ConfigError
from dialogue.rasa_client import RasaError

Content = TypeVar("Content")
"""All that the YAML makes of the bot."""

LOOK_S = 0.25
"""How often the active version is looked at."""
REHEARSE_S = 1.0
"""A change of facts waits no longer for its sentences: they are rendered as they are needed."""
QUIET_S = 5.0
"""A new model waits so long for a moment without calls: while it is loaded, about a second, Rasa
does not answer."""


class NeedsRestartError(Exception):
    """The version cannot be taken over by a running core; the message is French."""


class Stage(Protocol[Content]):
    """The core, as it is changed."""

    async def load(self, version: Published) -> Content:
        """Read a version without disturbing the calls.

        Raises:
            ConfigError: it cannot be read.
            NeedsRestartError: it can only be served after a restart.
        """
        ...

    async def rehearse(self, content: Content) -> None:
        """Return once what is new in it can be said at once."""
        ...

    async def load_model(self, model: Path) -> None:
        """Have Rasa answer by another model.

        Raises:
            RasaError: it does not.
        """
        ...

    def adopt(self, content: Content) -> None:
        """Give it to every call that begins from now on."""
        ...

    @property
    def quiet(self) -> bool:
        """True while there is no call."""
        ...


class Takeover(Generic[Content]):
    """Follows the active version. :meth:`run` for as long as the core lives."""

    def __init__(
        self, versions: Versions, current: Published | None, stage: Stage[Content], file: Path
    ) -> None:
        """``current`` is what the core was started with; ``file`` tells others what is served."""
        self._versions = versions
        self._current = current
        self._stage = stage
        self._file = file
        self._told = Served(0, "")
        self._refused = ""
        self.changed: Callable[[], None] = lambda: None
        """Told when something else is served, or refused."""
        self._log = logs.get(part="publishing")

    @property
    def current(self) -> str:
        """Name of the version that new calls get."""
        return self._current.name if self._current is not None else ""

    @property
    def error(self) -> str:
        """Why the active version is not served; empty when it is."""
        return self._told.error

    async def run(self, pid: int) -> None:
        """Take over whatever is activated; ``pid`` is our own."""
        self._tell(Served(pid, self.current))
        while True:
            await asyncio.sleep(LOOK_S)
            active = await asyncio.to_thread(self._versions.active)
            if active is not None and active.name not in (self.current, self._refused):
                await self.take(active)

    async def take(self, version: Published) -> None:
        """Serve one version, or say why not."""
        error = ""
        try:
            await self._change(version)
        except (ConfigError, NeedsRestartError) as failure:
            error = str(failure)
        except RasaError:
            error = "Rasa n'a pas pris le nouveau modèle : l'ancienne version reste en service."
        except Exception:  # the version that is served must go on being served
            self._log.exception("takeover_failed", version=version.name)
            error = "La version n'a pas pu être prise : voyez le journal du callbot."
        if error:
            self._refused = version.name
            self._log.error("version_refused", version=version.name, error=error)
            self._tell(replace(self._told, refused=version.name, error=error))
        else:
            self._log.info("version_served", version=version.name)
            self._tell(replace(self._told, version=version.name, refused="", error=""))

    async def _change(self, version: Published) -> None:
        content = await self._stage.load(version)
        await self._within(REHEARSE_S, self._stage.rehearse(content))
        before = self._current.manifest.model if self._current is not None else ""
        if version.manifest.model != before:
            await self._no_call()
            await self._change_model(version)
        self._stage.adopt(content)
        self._current = version
        self._refused = ""

    async def _change_model(self, version: Published) -> None:
        try:
            await self._stage.load_model(version.model)
        except RasaError:
            if self._current is not None:
                await self._stage.load_model(self._current.model)
            raise

    async def _no_call(self) -> None:
        for _ in range(round(QUIET_S / LOOK_S)):
            if self._stage.quiet:
                return
            await asyncio.sleep(LOOK_S)

    @staticmethod
    async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.wait_for(work, seconds)
        except TimeoutError:
            return

    def _tell(self, told: Served) -> None:
        self._told = told
        try:
            served.write(self._file, told)
        except OSError as error:
            self._log.error("served_not_written", error=str(error))
        self.changed()
