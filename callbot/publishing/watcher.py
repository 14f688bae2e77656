"""The watched folder: what is edited goes live by itself, once it is left alone for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from callbot.paths import Paths
from callbot.publishing import tree
from callbot.publishing.versions import Versions
from common import logs
from console.ports import ActionRefusedError
from console.publishing import Progress

LOOK_S = 0.5
SHOWN = 2
"""Mistakes that are told in full; the others are on the page."""

Publish = Callable[[], Awaitable[Progress]]
"""Publishes the folder as it is; returns the end of it."""


class Watcher:
    """Publishes a folder when it changed and then stayed the same between two looks."""

    def __init__(self, paths: Paths, publish: Publish, refused: Callable[[str], None]) -> None:
        """``refused`` is told in French why the folder is not published; '' when it is."""
        self._folder = paths.workshop.config
        self._versions = Versions(paths.versions)
        self._publish = publish
        self._refused = refused
        self._log = logs.get(part="publishing")

    async def run(self) -> None:
        """Watch until cancelled."""
        tried, before = "", ""
        while True:
            now = await asyncio.to_thread(self._fingerprint)
            if now == before and now not in (tried, self._versions.seen()):
                tried = now
                await self.attempt()
            before = now
            await asyncio.sleep(LOOK_S)

    async def attempt(self) -> None:
        """Publish once, and tell why not."""
        try:
            end = await self._publish()
        except ActionRefusedError as error:
            self._refused(str(error))
            return
        found = [f"{f.path}, ligne {f.line} : {f.message} {f.mend}".strip() for f in end.findings]
        why = " ".join([*end.reasons, *found[:SHOWN]]) if end.outcome != "done" else ""
        if why:
            self._log.warning("folder_not_published", why=why)
        self._refused(why)

    def _fingerprint(self) -> str:
        return tree.fingerprint(tree.hashes(self._folder))
