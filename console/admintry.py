"""« Essayer » as a page: a sentence or a recording, what the bot makes of it, and its voice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from console.adminsite import FormTooLongError, Site, posted
from console.gate import require
from console.ports import ActionRefusedError
from console.roles import Permission
from console.tryout import MAX_TEXT, MAX_TURNS, Step, Tryout
from dialogue.ports import Heard

MAX_SOUND = 8_000_000
"""Bytes: half a minute of stereo at 48 kHz, and the form around it."""


class TryPages:
    """Serves ``/admin/essayer``."""

    def __init__(
        self,
        site: Site,
        tryout: Tryout,
        services: Callable[[], Mapping[str, str]],
        named: Callable[[str], str],
    ) -> None:
        """``services`` and ``named`` lead from identifiers to French names."""
        self._site = site
        self._tryout = tryout
        self._services = services
        self._named = named

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/admin/essayer", self.home)
        router.add_post("/admin/essayer", self.attempt)
        router.add_get("/admin/essayer/son/{key:[A-Za-z0-9_-]{1,40}}.wav", self.sound)

    @require(Permission.TRY)
    async def home(self, request: web.Request) -> web.Response:
        return self._page(request)

    @require(Permission.TRY, journal="")
    async def attempt(self, request: web.Request) -> web.Response:
        try:
            said = await self._said(request)
        except FormTooLongError:
            return self._page(request, error="Ce son est trop long : 30 secondes au plus.")
        except ActionRefusedError as error:
            return self._page(request, error=str(error))
        return self._page(request, await self._tryout.converse(said))

    @require(Permission.TRY)
    async def sound(self, request: web.Request) -> web.Response:
        """The answer of one step, spoken."""
        try:
            wav = await self._tryout.sound(request.match_info["key"])
        except ActionRefusedError as error:
            return web.json_response({"erreur": str(error)}, status=503)
        if wav is None:
            raise web.HTTPNotFound
        return web.Response(body=wav, content_type="audio/wav")

    async def _said(self, request: web.Request) -> list[Heard]:
        """Return the conversation so far, the new sentence last.

        Raises:
            ActionRefusedError: nothing was said, or it cannot be heard.
            FormTooLongError: the recording is too long.
        """
        form: Any = await posted(request, MAX_SOUND)
        before = form.getall("avant", [])[: MAX_TURNS - 1]
        sure = form.getall("sure", [])
        said = [
            Heard(str(text)[:MAX_TEXT], _share(str(share)))
            for text, share in zip(before, sure, strict=False)
        ]
        upload = form.get("son")
        if isinstance(upload, web.FileField):
            return [*said, await self._tryout.hear(upload.file.read())]
        text = str(form.get("texte", "")).strip()
        if not text:
            raise ActionRefusedError("Écrivez une phrase, ou choisissez un son.")
        if len(text) > MAX_TEXT:
            raise ActionRefusedError(f"La phrase est trop longue : {MAX_TEXT} lettres au plus.")
        return [*said, Heard(text, 1.0)]

    def _page(
        self, request: web.Request, steps: tuple[Step, ...] = (), *, error: str = ""
    ) -> web.Response:
        goes_on = bool(steps) and steps[-1].plan.then not in ("hang_up", "transfer")
        return self._site.page(
            request,
            "admin_essayer.html",
            409 if error else 200,
            erreur=error,
            etapes=steps,
            suite=goes_on and len(steps) < MAX_TURNS,
            services=self._services(),
            nommer=self._named,
        )


def _share(text: str) -> float:
    """Read a confidence that we wrote into the page; anything else counts as certain."""
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 1.0
