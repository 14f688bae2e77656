"""The forms of the admin pages: a place, a service, a notice, an intent, one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict

from common.yamledit import Edit, EditError, amend
from console.admincontent import conflict_page
from console.adminfields import FIXED, FORMS, Options
from console.adminforms import Amendment, FormRead, Key, Shown, controls, read, show
from console.adminhours import DAYS
from console.adminsite import FormTooLongError, Site, author_of, form_of
from console.adminyaml import answers_in, tree_of
from console.gate import require, tell, who
from console.ports import ActionRefusedError
from console.publishing import FileText, Finding, Publishing
from console.roles import Permission

_BROKEN = "Ce fichier a une erreur qui empêche de le montrer en formulaire : corrigez-la ici."
_SAID = {
    "cree": "Brouillon créé. Relisez-le, puis publiez-le.",
    "ajoute": "La phrase est ajoutée à ce brouillon. Relisez-le, puis publiez-le.",
}
ANSWERS = "reponses"


class FormPages:
    """Serves ``/admin/formulaire``."""

    def __init__(self, site: Site, publishing: Publishing) -> None:
        self._site = site
        self._publishing = publishing

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/admin/formulaire/{path:[^?#]+}", self.show)
        router.add_post("/admin/formulaire/{path:[^?#]+}", self.save)

    @require(Permission.SEE_TOWN)
    async def show(self, request: web.Request) -> web.Response:
        file = await self._publishing.read(request.match_info["path"])
        if file is None:
            return self._site.missing(request, "Ce fichier n’existe pas, ou plus.")
        tree = tree_of(file)
        if file.kind not in FORMS or tree is None:
            raise web.HTTPSeeOther(f"/admin/fichier/{quote(file.path)}")
        if file.kind == "answers" and "reponse" not in request.query:
            return self._answers(request, file, tree)
        place = _place(file, tree, request.query.get("reponse", ""))
        if place is None:
            return self._site.missing(request, "Cette réponse n’existe pas, ou plus.")
        shown = show(FORMS[file.kind], place[1])
        said = next((text for name, text in _SAID.items() if name in request.query), "")
        return await self._page(request, file, shown, said=said)

    @require(Permission.PROPOSE, journal="ville.brouillon")
    async def save(self, request: web.Request) -> web.Response:
        """Write what was changed in the form into the draft, comments kept."""
        path = request.match_info["path"]
        tell(request, on=path)
        try:
            form = await form_of(request)
        except FormTooLongError:
            return self._site.missing(request, "Ce formulaire est trop long.")
        file = await self._publishing.read(path)
        tree = None if file is None else tree_of(file)
        if file is None or tree is None or file.kind not in FORMS:
            return self._site.missing(request, "Ce fichier n’existe plus, ou a une erreur.")
        place = _place(file, tree, request.query.get("reponse", ""))
        if place is None:
            return self._site.missing(request, "Cette réponse n’existe pas, ou plus.")
        at, mapping = place
        result = read(FORMS[file.kind], form, mapping, at, _began(form.get("origine", "")))
        if result.errors:
            began = _began(form.get("origine", ""))
            return await self._page(
                request,
                replace(file, fingerprint=form.get("empreinte", "")),
                result.shown,
                began=list(began.items()) if began else None,
                error=" ".join(result.errors),
            )
        return await self._keep(request, file, result, form.get("empreinte", ""))

    async def _keep(
        self, request: web.Request, file: FileText, result: FormRead, fingerprint: str
    ) -> web.Response:
        if not result.changes:
            return await self._page(request, file, result.shown, said="Rien n’a changé.")
        try:
            text = amended(file.text, result.changes)
            saved = await self._publishing.save(file.path, text, fingerprint, author_of(request))
        except ActionRefusedError as error:
            return await self._page(request, file, result.shown, error=str(error))
        if saved.conflict:
            return conflict_page(self._site, request, saved, text)
        tree = tree_of(saved.current)
        place = _place(file, tree, request.query.get("reponse", "")) if tree else None
        shown = show(FORMS[file.kind], place[1]) if place else result.shown
        return await self._page(
            request, saved.current, shown, saved.findings, said="Brouillon enregistré."
        )

    async def _page(
        self,
        request: web.Request,
        file: FileText,
        shown: Sequence[Shown],
        findings: Sequence[Finding] | None = None,
        *,
        began: Sequence[tuple[str, str]] | None = None,
        said: str = "",
        error: str = "",
    ) -> web.Response:
        entry = request.query.get("reponse", "")
        intent = PurePosixPath(file.path).stem if file.kind == "intent" else ""
        return self._site.page(
            request,
            "admin_formulaire.html",
            409 if error else 200,
            fichier=file,
            titre_form=entry.replace("_", " ").capitalize() if entry else file.title or file.path,
            entree=entry,
            champs=shown,
            origine=json.dumps(began or controls(shown), ensure_ascii=False),
            choix=await choices(self._publishing),
            jours=DAYS,
            constats=findings,
            dit=said,
            erreur=error,
            vue="formulaire",
            suite_intention=intent,
            reponses=await answers_of(self._publishing, intent) if intent else (),
            a_formulaire=frozenset(FORMS),
            peut_ecrire=who(request).may(Permission.PROPOSE),
        )

    def _answers(
        self, request: web.Request, file: FileText, tree: Mapping[str, Any]
    ) -> web.Response:
        return self._site.page(
            request,
            "admin_reponses.html",
            fichier=file,
            entrees=answers_in(tree),
            vue="formulaire",
            a_formulaire=frozenset(FORMS),
            peut_ecrire=who(request).may(Permission.PROPOSE),
        )


def _began(text: str) -> MultiDict[str] | None:
    """Read the form as its editor got it, None when the page does not say."""
    try:
        pairs = json.loads(text)
        return MultiDict((str(name), str(content)) for name, content in pairs) or None
    except (ValueError, TypeError, RecursionError):
        return None


def amended(text: str, changes: Sequence[Amendment]) -> str:
    """Return a file with changes, its comments kept.

    Raises:
        ActionRefusedError: the file has a mistake that keeps it from being changed by a form.
    """
    try:
        return amend(text, [Edit(at, value) for at, value in changes])
    except EditError as error:
        raise ActionRefusedError(_BROKEN) from error


async def choices(publishing: Publishing) -> Options:
    """Return what the choices of all forms offer."""
    files = [file for file in await publishing.files() if file.state != "deleted"]
    found = {
        options: sorted(
            ((PurePosixPath(file.path).stem, file.title) for file in files if file.kind == kind),
            key=lambda option: option[1],
        )
        for options, kind in (("services", "service"), ("places", "place"), ("intents", "intent"))
    }
    return {**found, **FIXED}


async def answers_of(publishing: Publishing, intent: str) -> list[tuple[str, str]]:
    """Return address and name of the answers that an intent leads to."""
    found: list[tuple[str, str]] = []
    for listed in await publishing.files():
        if listed.kind != "answers" or listed.state == "deleted":
            continue
        file = await publishing.read(listed.path)
        tree = tree_of(file) if file else None
        for entry in answers_in(tree) if tree else ():
            if intent in entry.intentions:
                address = f"/admin/formulaire/{quote(listed.path)}?reponse={quote(entry.id)}"
                found.append((address, entry.id.replace("_", " ")))
    return found


def _place(
    file: FileText, tree: Mapping[str, Any], answer: str
) -> tuple[Key, Mapping[str, Any]] | None:
    """Return where the values of a form stand, and the values."""
    if file.kind != "answers":
        return (), tree
    for index, entry in enumerate(tree.get(ANSWERS) or ()):
        if isinstance(entry, dict) and entry.get("id") == answer:
            return (ANSWERS, index), entry
    return None
