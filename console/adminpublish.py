"""Publishing from the admin pages: what would change, how far it is, the history, the way back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from console.adminreview import Reviews
from console.adminsite import FormTooLongError, Site, author_of, form_of, wants_json
from console.gate import is_still, require, tell, who
from console.ports import ActionRefusedError
from console.publishing import Progress, Publishing, Review
from console.roles import Permission

HEARTBEAT_S = 15.0
WRITE_LIMIT_S = 20.0
MAX_FOLLOWERS = 50
MAX_REASON = 300
_BACK = "/admin/publier"


class PublishPages:
    """Serves ``/admin/publier`` and ``/admin/historique``."""

    def __init__(
        self, site: Site, publishing: Publishing, *, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self._site = site
        self._publishing = publishing
        self._heartbeat_s = heartbeat_s
        self._reviews = Reviews(publishing)
        self._followers: set[asyncio.Task[Any]] = set()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/admin/publier", self.home)
        router.add_post("/admin/publier", self.publish)
        router.add_get("/admin/publier/bilan", self.summary)
        router.add_get("/admin/publier/suivi", self.follow)
        router.add_get("/admin/historique", self.history)
        router.add_get("/admin/historique/{version:[A-Za-z0-9._-]{1,80}}", self.version)
        router.add_post("/admin/historique/{version:[A-Za-z0-9._-]{1,80}}/retour", self.rollback)

    async def close(self, _app: web.Application) -> None:
        """Let whoever follows a publication go; their pages connect again."""
        for task in tuple(self._followers):
            task.cancel()
        await self._reviews.close()

    @require(Permission.SEE_TOWN)
    async def home(self, request: web.Request) -> web.Response:
        return await self._home(request)

    @require(Permission.SEE_TOWN)
    async def summary(self, request: web.Request) -> web.Response:
        """What would change, for the script of a page that did not wait for it."""
        try:
            review = await self._reviews.whole()
        except ActionRefusedError as error:
            return web.json_response({"erreur": str(error)}, status=503)
        shown = self._site.render("admin_bilan.html", **self._context(request, review))
        return web.json_response({"html": shown})

    @require(Permission.PUBLISH, journal="ville.publication")
    async def publish(self, request: web.Request) -> web.Response:
        """Begin; the page then follows."""
        try:
            form = await form_of(request)
            reason = _reason(form.get("motif", ""))
            paths = form.getall("fichier", [])
            if not paths and "choix" in form:
                raise ActionRefusedError("Cochez au moins une modification à publier.")
            await self._publishing.publish(author_of(request), reason, paths or None)
        except (ActionRefusedError, FormTooLongError) as error:
            return await self._refused(request, str(error) or "Demande trop longue.")
        tell(request, detail=reason)
        return self._begun(request)

    @require(Permission.PUBLISH, journal="ville.retour")
    async def rollback(self, request: web.Request) -> web.Response:
        """Begin bringing a version back."""
        version = request.match_info["version"]
        try:
            form = await form_of(request)
            reason = _reason(form.get("motif", ""))
            await self._publishing.rollback(version, author_of(request), reason)
        except (ActionRefusedError, FormTooLongError) as error:
            return await self._refused(request, str(error) or "Demande trop longue.")
        tell(request, on=version, detail=reason)
        return self._begun(request)

    @require(Permission.SEE_TOWN)
    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Tell the page how far the publication is, as server-sent events."""
        if len(self._followers) >= MAX_FOLLOWERS:
            raise web.HTTPServiceUnavailable
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        self._followers.add(task)
        try:
            await self._tell(request, response)
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._followers.discard(task)
        return response

    @require(Permission.SEE_TOWN)
    async def history(self, request: web.Request) -> web.Response:
        return self._site.page(
            request,
            "admin_historique.html",
            versions=await self._publishing.versions(),
            service=self._publishing.serving(),
        )

    @require(Permission.SEE_TOWN)
    async def version(self, request: web.Request) -> web.Response:
        name = request.match_info["version"]
        versions = await self._publishing.versions()
        found = next((version for version in versions if version.name == name), None)
        if found is None:
            return self._site.missing(request, "Cette version n’est pas, ou plus, gardée.")
        return self._site.page(
            request,
            "admin_version.html",
            version=found,
            changements=await self._publishing.changes_of(name),
        )

    async def _home(self, request: web.Request, *, error: str = "") -> web.Response:
        try:
            # A refusal is shown with what it is about.
            review = await (self._reviews.whole() if error else self._reviews.soon())
        except ActionRefusedError as refusal:
            review, error = None, str(refusal)
        return self._site.page(
            request,
            "admin_publier.html",
            409 if error else 200,
            erreur=error,
            service=self._publishing.serving(),
            **self._context(request, review),
        )

    def _context(self, request: web.Request, review: Review | None) -> dict[str, Any]:
        return {
            "bilan": review,
            "progres": self._publishing.progress(),
            "peut_publier": who(request).may(Permission.PUBLISH),
        }

    async def _refused(self, request: web.Request, said: str) -> web.Response:
        if wants_json(request):
            return web.json_response({"erreur": said}, status=409)
        return await self._home(request, error=said)

    def _begun(self, request: web.Request) -> web.Response:
        if wants_json(request):
            return web.json_response({"message": "La publication commence."})
        raise web.HTTPSeeOther(_BACK)

    async def _tell(self, request: web.Request, response: web.StreamResponse) -> None:
        """Write every progress until the reader leaves, or is no longer logged in."""
        progress = self._publishing.progress()
        await self._write(response, f"event: etat\ndata: {self._told(progress)}\n\n")
        while await is_still(request):
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    progress = await self._publishing.progressed(progress.number)
            except TimeoutError:
                await self._write(response, ": pouls\n\n")
            else:
                await self._write(response, f"event: etat\ndata: {self._told(progress)}\n\n")

    def _told(self, progress: Progress) -> str:
        return json.dumps(
            {
                "fini": progress.outcome not in ("idle", "running"),
                "etape": progress.step,
                "html": self._site.render("admin_progres.html", progres=progress),
            },
            ensure_ascii=False,
        )

    async def _write(self, response: web.StreamResponse, text: str) -> None:
        async with asyncio.timeout(WRITE_LIMIT_S):
            await response.write(text.encode())


def _reason(text: str) -> str:
    """Return why something is published; raises ActionRefusedError."""
    reason = " ".join(text.split())
    if not reason:
        raise ActionRefusedError("Dites en quelques mots pourquoi : c’est gardé dans l’historique.")
    if len(reason) > MAX_REASON:
        raise ActionRefusedError(f"Le motif est trop long : {MAX_REASON} lettres au plus.")
    return reason
