"""« Questions sans réponse »: what callers asked in vain, made into drafts to be reviewed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from console.adminsite import FormTooLongError, Site, author_of, form_of
from console.gate import require, tell, who
from console.ports import ActionRefusedError
from console.publishing import Publishing
from console.roles import Permission
from console.unanswered import Questions, usable

PERIODS: Mapping[int, str] = {1: "depuis hier", 7: "sur 7 jours", 30: "sur 30 jours"}
USUAL_DAYS = 7
MAX_CLUSTERS = 60
MAX_SENTENCE = 300


class QuestionPages:
    """Serves ``/admin/questions``."""

    def __init__(
        self,
        site: Site,
        questions: Questions,
        publishing: Publishing,
        named: Callable[[str], str],
    ) -> None:
        """``named`` leads from an intent to its French name."""
        self._site = site
        self._questions = questions
        self._publishing = publishing
        self._named = named

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/admin/questions", self.home)
        router.add_get("/admin/signalees", self.wrong)
        router.add_post("/admin/questions/exemple", self.add_example)

    @require(Permission.SEE_TOWN)
    async def home(self, request: web.Request) -> web.Response:
        return await self._home(request)

    @require(Permission.SEE_TOWN)
    async def wrong(self, request: web.Request) -> web.Response:
        """The answers that staff marked as wrong."""
        days = _days(request, 30)
        found = await self._questions.wrong(self._site.clock() - timedelta(days=days))
        return self._site.page(
            request,
            "admin_signalees.html",
            signalees=found,
            jours=days,
            periodes=PERIODS,
            nommer=self._named,
        )

    @require(Permission.PROPOSE, journal="ville.exemple")
    async def add_example(self, request: web.Request) -> web.Response:
        """Add one sentence to the draft of an intent, and show that draft."""
        try:
            form = await form_of(request)
            intent, sentence = form.get("intention", ""), " ".join(form.get("phrase", "").split())
            if not intent:
                raise ActionRefusedError("Choisissez d’abord l’intention.")
            if not usable(sentence) or len(sentence) > MAX_SENTENCE:
                raise ActionRefusedError(
                    "Cette phrase ne convient pas comme exemple : elle est trop courte, trop "
                    "longue, ou une donnée personnelle y est masquée."
                )
            saved = await self._publishing.add_example(intent, sentence, author_of(request))
        except (ActionRefusedError, FormTooLongError) as error:
            return await self._home(request, error=str(error) or "Demande trop longue.")
        if saved.conflict:
            said = "Quelqu’un d’autre modifie cette intention : réessayez."
            return await self._home(request, error=said)
        tell(request, on=saved.current.path)
        raise web.HTTPSeeOther(f"/admin/formulaire/{quote(saved.current.path)}?ajoute=1")

    async def _home(self, request: web.Request, *, error: str = "") -> web.Response:
        days = _days(request, USUAL_DAYS)
        clusters = await self._questions.clusters(self._site.clock() - timedelta(days=days))
        files = await self._publishing.files()
        intents = [
            (file.path.removeprefix("intents/").rpartition(".")[0], file.title)
            for file in files
            if file.kind == "intent" and file.state != "deleted"
        ]
        return self._site.page(
            request,
            "admin_questions.html",
            409 if error else 200,
            erreur=error,
            groupes=clusters[:MAX_CLUSTERS],
            autres=max(0, len(clusters) - MAX_CLUSTERS),
            total=sum(cluster.count for cluster in clusters),
            jours=days,
            periodes=PERIODS,
            intentions=intents,
            nommer=self._named,
            utilisable=usable,
            peut_ecrire=who(request).may(Permission.PROPOSE),
        )


def _days(request: web.Request, usual: int) -> int:
    text = request.query.get("jours", "")
    return int(text) if text in {str(days) for days in PERIODS} else usual
