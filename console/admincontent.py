"""The town's files in the admin pages: the list, the text with its checks, two editors at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from aiohttp import web

from common.french import fold
from console.adminfields import FORMS
from console.adminlabels import KINDS
from console.adminsite import FormTooLongError, Site, author_of, form_of, wants_json
from console.gate import require, tell, who
from console.ports import ActionRefusedError
from console.publishing import ConfigFile, DiffLine, FileText, Finding, Publishing, Saved
from console.roles import Permission
from console.visits import words_of

CONTEXT = 3
"""Unchanged lines shown around a change."""

_TOO_LONG = "Ce texte est trop long pour un fichier de la configuration."
_GONE = "Ce fichier n’existe pas, ou plus."


class ContentPages:
    """Serves ``/admin/contenu`` and ``/admin/fichier``."""

    def __init__(self, site: Site, publishing: Publishing) -> None:
        self._site = site
        self._publishing = publishing

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/admin", self.start)
        router.add_get("/admin/contenu", self.home)
        router.add_get("/admin/fichier/{path:[^?#]+}", self.show)
        router.add_post("/admin/fichier/{path:[^?#]+}", self.act)
        router.add_post("/admin/verifier/{path:[^?#]+}", self.verify)

    @require(Permission.SEE_TOWN)
    async def start(self, _request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/admin/contenu")

    @require(Permission.SEE_TOWN)
    async def home(self, request: web.Request) -> web.Response:
        words = words_of(request)
        files = await self._publishing.files()
        found = [file for file in files if _matches(file, words)]
        return self._site.page(
            request,
            "admin_contenu.html",
            recherche=words,
            brouillons=[file for file in found if file.state != "same"],
            groupes=_by_kind(found),
            a_formulaire=frozenset(FORMS),
            peut_ecrire=who(request).may(Permission.PROPOSE),
        )

    @require(Permission.SEE_TOWN)
    async def show(self, request: web.Request) -> web.Response:
        file = await self._publishing.read(request.match_info["path"])
        if file is None:
            return self._site.missing(request, _GONE)
        return self._page(request, file, file.text)

    @require(Permission.PROPOSE, journal="")
    async def verify(self, request: web.Request) -> web.Response:
        """Check a text, and write nothing."""
        path = request.match_info["path"]
        try:
            form = await form_of(request)
            text = form.get("texte", "")
            findings = await self._publishing.check(path, text)
        except FormTooLongError:
            return self._refused(request, path, _TOO_LONG, 413)
        except ActionRefusedError as error:
            return self._refused(request, path, str(error), 409)
        if wants_json(request):
            shown = self._site.render(
                "admin_constats_seuls.html", constats=findings, chemin_courant=path
            )
            return web.json_response({"html": shown})
        file = await self._publishing.read(path)
        if file is None:
            return self._site.missing(request, _GONE)
        return self._page(request, _with(file, form.get("empreinte", "")), text, findings)

    @require(Permission.PROPOSE, journal="ville.brouillon")
    async def act(self, request: web.Request) -> web.Response:
        """Keep, give up or delete the text of one file."""
        path = request.match_info["path"]
        try:
            form = await form_of(request)
        except FormTooLongError:
            return self._refused(request, path, _TOO_LONG, 413)
        text, action = form.get("texte", ""), form.get("geste", "enregistrer")
        fingerprint, author = form.get("empreinte", ""), author_of(request)
        tell(request, on=path)
        try:
            if action == "abandonner":
                tell(request, what="ville.brouillon_abandonne")
                return await self._gave_up(
                    request, path, await self._publishing.discard(path, fingerprint)
                )
            if action == "supprimer":
                tell(request, what="ville.suppression")
            kept = None if action == "supprimer" else text
            saved = await self._publishing.save(path, kept, fingerprint, author)
        except ActionRefusedError as error:
            return await self._kept_in_sight(request, path, text, fingerprint, str(error))
        if saved.conflict:
            return conflict_page(self._site, request, saved, text)
        said = (
            "Suppression notée : elle aura lieu à la publication."
            if kept is None
            else "Brouillon enregistré."
        )
        return self._page(request, saved.current, saved.current.text, saved.findings, said=said)

    async def _gave_up(self, request: web.Request, path: str, saved: Saved) -> web.Response:
        if saved.conflict:
            return self._page(
                request,
                saved.current,
                saved.current.text,
                error="Ce brouillon a changé entre-temps : relisez-le avant de l’abandonner.",
            )
        if not saved.current.text and saved.current.live is None:
            raise web.HTTPSeeOther("/admin/contenu")
        return self._page(request, saved.current, saved.current.text, said="Brouillon abandonné.")

    async def _kept_in_sight(
        self, request: web.Request, path: str, text: str, fingerprint: str, error: str
    ) -> web.Response:
        """Show a refusal with what was typed."""
        file = await self._publishing.read(path)
        if file is None:
            return self._refused(request, path, error, 409)
        return self._page(request, _with(file, fingerprint), text, error=error)

    def _refused(self, request: web.Request, path: str, error: str, status: int) -> web.Response:
        if wants_json(request):
            return web.json_response({"erreur": error}, status=status)
        return self._site.page(
            request, "admin_absent.html", status, erreur=error, message=f"Fichier : {path}"
        )

    def _page(
        self,
        request: web.Request,
        file: FileText,
        text: str,
        findings: Sequence[Finding] | None = None,
        *,
        said: str = "",
        error: str = "",
    ) -> web.Response:
        return self._site.page(
            request,
            "admin_fichier.html",
            409 if error else 200,
            fichier=file,
            texte=text,
            constats=findings,
            dit=said,
            erreur=error,
            vue="yaml",
            a_formulaire=frozenset(FORMS),
            peut_ecrire=who(request).may(Permission.PROPOSE),
        )


def conflict_page(site: Site, request: web.Request, saved: Saved, mine: str) -> web.Response:
    """Return the page for whoever saved second: both texts, and the choice."""
    return site.page(
        request,
        "admin_conflit.html",
        409,
        autre=saved.current,
        mien=mine,
        lignes=compared(saved.current.text, mine),
    )


def compared(old: str, new: str) -> list[DiffLine]:
    """Return the lines that differ, with some around them."""
    before, after = old.splitlines(), new.splitlines()
    found: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [
                    DiffLine(" ", line, i1 + n + 1, j1 + n + 1)
                    for n, line in enumerate(before[i1:i2])
                ]
                continue
            found += [DiffLine("-", line, i1 + n + 1, None) for n, line in enumerate(before[i1:i2])]
            found += [DiffLine("+", line, None, j1 + n + 1) for n, line in enumerate(after[j1:j2])]
    return found


def _with(file: FileText, fingerprint: str) -> FileText:
    """Return a file under the fingerprint that its editor began with."""
    return replace(file, fingerprint=fingerprint)


def _matches(file: ConfigFile, words: str) -> bool:
    text = fold(f"{file.title} {file.path} {KINDS[file.kind]}").replace("_", " ")
    return all(word in text for word in fold(words).split())


def _by_kind(files: Iterable[ConfigFile]) -> list[tuple[str, list[ConfigFile]]]:
    found: dict[str, list[ConfigFile]] = {kind: [] for kind in KINDS}
    for file in files:
        found[file.kind].append(file)
    return [(kind, group) for kind, group in found.items() if group]
