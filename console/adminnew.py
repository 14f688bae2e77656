"""New files of the town from a form: a notice, an intent with its answer, an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict

from common.french import fold
from console.admineditor import ANSWERS, amended, choices
from console.adminfields import ANSWER, INTENT, NOTICE, Field
from console.adminforms import Amendment, Shown, read, show
from console.adminhours import DAYS
from console.adminsite import FormTooLongError, Site, author_of, form_of
from console.adminyaml import answers_in, tree_of
from console.gate import require, tell
from console.ports import ActionRefusedError
from console.publishing import FileText, Publishing, Saved
from console.roles import Permission
from console.unanswered import usable

Kind: TypeAlias = Literal["annonce", "intention", "reponse"]

MAX_NAME = 40
MAX_EXAMPLES = 60
_KINDS: tuple[Kind, ...] = get_args(Kind)
_OF_INTENT = ("texte", "sms", "source", "responsable", "relu_le")
_ANSWER_OF_INTENT = tuple(replace(one, required=False) for one in ANSWER if one.key in _OF_INTENT)
_NO_NAME = re.compile(r"^[^a-z]+|[^a-z0-9_]")
_LITTLE = re.compile(
    r"\b(?:[a-z]{1,3}|est ce que|vous|nous|elles?|cette|dans|pour|avec|comment|quel(?:le)?s?"
    r"|quoi|veux|voudrais|peux|peut|faut|fait|faire|avoir|bonjour|allo|mairie)\b"
)
"""Words that say little of what a sentence is about."""


@dataclass(frozen=True)
class _Page:
    title: str
    label: str
    example: str
    fields: tuple[Field, ...]
    more: tuple[Field, ...] = ()


_PAGES: dict[Kind, _Page] = {
    "annonce": _Page("Nouvelle annonce", "Nom de l’annonce", "fermeture piscine mai", NOTICE),
    "intention": _Page(
        "Nouvelle intention", "Nom de l’intention", "ruches en ville", INTENT, _ANSWER_OF_INTENT
    ),
    "reponse": _Page("Nouvelle réponse", "Nom de la réponse", "nid de frelons", ANSWER),
}


class NewPages:
    """Serves ``/admin/nouveau``."""

    def __init__(self, site: Site, publishing: Publishing) -> None:
        self._site = site
        self._publishing = publishing

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/admin/nouveau/{kind}", self.home)
        router.add_post("/admin/nouveau/{kind}", self.make)

    @require(Permission.PROPOSE)
    async def home(self, request: web.Request) -> web.Response:
        kind = _kind(request)
        today = self._site.clock().astimezone(self._site.zone).date().isoformat()
        begun = {"relu_le": today, "conduite": "repondre", "type": "information"}
        intent = request.query.get("intention", "")
        tree = begun | ({"intentions": [intent]} if intent else {})
        page = _PAGES[kind]
        return await self._page(
            request,
            kind,
            show(page.fields, tree),
            show(page.more, begun),
            chosen=request.query.get("fichier", ""),
        )

    @require(Permission.PROPOSE, journal="ville.nouveau")
    async def make(self, request: web.Request) -> web.Response:
        """Make the draft, or show the form again."""
        kind = _kind(request)
        try:
            form = await form_of(request)
        except FormTooLongError:
            return self._site.missing(request, "Ce formulaire est trop long.")
        if "depuis" in form:
            return await self._from_questions(request, form)
        page = _PAGES[kind]
        first = read(page.fields, form, {})
        more = read(page.more, form, {})
        name = identifier(form.get("nom", ""))
        errors = [*first.errors, *more.errors]
        try:
            if not name:
                raise ActionRefusedError("Donnez un nom, avec au moins une lettre.")
            if errors:
                raise ActionRefusedError(" ".join(errors))
            address = await self._made(request, kind, name, (first.changes, more.changes), form)
        except ActionRefusedError as error:
            return await self._page(
                request,
                kind,
                first.shown,
                more.shown,
                name=form.get("nom", ""),
                chosen=form.get("fichier", ""),
                error=str(error),
            )
        raise web.HTTPSeeOther(address)

    async def _made(
        self,
        request: web.Request,
        kind: Kind,
        name: str,
        changes: tuple[Sequence[Amendment], Sequence[Amendment]],
        form: MultiDict[str],
    ) -> str:
        """Make the drafts and return the address of what to look at next.

        Raises:
            ActionRefusedError: the name is taken, or a draft cannot be kept.
        """
        author = author_of(request)
        if kind == "reponse":
            path = await self._answer(form.get("fichier", ""), name, changes[0], author)
            tell(request, on=path)
            return f"/admin/formulaire/{quote(path)}?reponse={quote(name)}&cree=1"
        path = f"intents/{name}.yml" if kind == "intention" else f"ville/avis/{name}.yml"
        key = "intention" if kind == "intention" else "id"
        if await self._publishing.read(path) is not None:
            raise ActionRefusedError(f"Le nom « {name} » est déjà pris : choisissez-en un autre.")
        tell(request, on=path)
        text = amended(f"{key}: {name}\n", changes[0])
        _kept(await self._publishing.save(path, text, "", author))
        said = dict(changes[1])
        if ("texte",) in said:
            own = [*changes[1], (("intentions",), [name])]
            await self._answer(form.get("fichier", ""), name, own, author)
        return f"/admin/formulaire/{quote(path)}?cree=1"

    async def _answer(self, path: str, name: str, changes: Sequence[Amendment], author: str) -> str:
        """Add an answer to a file and return the file; raises ActionRefusedError."""
        file = await self._publishing.read(path)
        tree = tree_of(file) if file is not None and file.kind == "answers" else None
        if file is None or tree is None:
            raise ActionRefusedError("Choisissez le fichier de réponses.")
        known = answers_in(tree)
        if any(entry.id == name for entry in known):
            raise ActionRefusedError(f"Une réponse « {name} » existe déjà dans ce fichier.")
        entry = {"id": name, **{str(at[0]): value for at, value in changes}}
        number = len(tree.get(ANSWERS) or ())
        text = amended(file.text, [((ANSWERS, number), entry)])
        _kept(await self._publishing.save(path, text, file.fingerprint, author))
        return path

    async def _from_questions(self, request: web.Request, form: MultiDict[str]) -> web.Response:
        """Begin an intent with what callers asked in vain."""
        said = [" ".join(text.split()) for text in form.getall("phrase", [])[:MAX_EXAMPLES]]
        examples = [text for text in dict.fromkeys(said) if usable(text)]
        today = self._site.clock().astimezone(self._site.zone).date().isoformat()
        begun = {"relu_le": today, "conduite": "repondre", "exemples": examples}
        page = _PAGES["intention"]
        return await self._page(
            request,
            "intention",
            show(page.fields, begun),
            show(page.more, begun),
            name=suggested_name(examples[0]) if examples else "",
        )

    async def _page(
        self,
        request: web.Request,
        kind: Kind,
        fields: Sequence[Shown],
        more: Sequence[Shown],
        *,
        name: str = "",
        chosen: str = "",
        error: str = "",
    ) -> web.Response:
        page = _PAGES[kind]
        files = await self._publishing.files() if kind != "annonce" else ()
        return self._site.page(
            request,
            "admin_nouveau.html",
            409 if error else 200,
            genre=kind,
            titre_form=page.title,
            libelle_nom=page.label,
            exemple_nom=page.example,
            nom_saisi=name,
            champs=fields,
            champs_reponse=more,
            fichiers_reponses=[
                (file.path, file.title)
                for file in files
                if file.kind == "answers" and file.state != "deleted"
            ],
            fichier_choisi=chosen,
            choix=await choices(self._publishing),
            jours=DAYS,
            erreur=error,
        )


def identifier(name: str) -> str:
    """Return what a file can be called: « Nid de frelons » becomes "nid_de_frelons"."""
    joined = "_".join(fold(name).split())
    return _NO_NAME.sub("", joined)[:MAX_NAME].strip("_")


def suggested_name(sentence: str) -> str:
    """Return the telling words of a sentence, for a name."""
    return " ".join(_LITTLE.sub("", fold(sentence)).split()[:3])


def _kept(saved: Saved) -> FileText:
    if saved.conflict:
        raise ActionRefusedError("Quelqu’un d’autre vient d’enregistrer ce fichier : réessayez.")
    return saved.current


def _kind(request: web.Request) -> Kind:
    found = next((kind for kind in _KINDS if kind == request.match_info["kind"]), None)
    if found is None:
        raise web.HTTPNotFound
    return found
