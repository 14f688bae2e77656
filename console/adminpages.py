"""The admin pages of the console, added to the application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from console.admincontent import ContentPages
from console.admineditor import FormPages
from console.adminnew import NewPages
from console.adminpublish import HEARTBEAT_S, PublishPages
from console.adminquestions import QuestionPages
from console.adminsite import JOURNAL, Site
from console.admintry import TryPages
from console.publishing import Publishing
from console.roles import Permission
from console.tryout import Tryout
from console.unanswered import Questions

_SECTIONS = (
    ("/admin/contenu", "Contenu", Permission.SEE_TOWN),
    ("/admin/essayer", "Essayer", Permission.TRY),
    ("/admin/questions", "Questions", Permission.SEE_TOWN),
    ("/admin/publier", "Publier", Permission.SEE_TOWN),
    ("/admin/historique", "Historique", Permission.SEE_TOWN),
    (JOURNAL, "Journal", Permission.SEE_JOURNAL),
)


@dataclass(frozen=True)
class Admin:
    """What the admin pages need."""

    publishing: Publishing
    town: str
    zone: ZoneInfo
    services: Callable[[], Mapping[str, str]]
    """Identifier to French name."""
    named: Callable[[str], str]
    """From an intent to its French name."""
    tryout: Tryout | None = None
    """None: sentences cannot be tried."""
    questions: Questions | None = None
    """None: there is no history to look through."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    heartbeat_s: float = HEARTBEAT_S


def add_admin(app: web.Application, admin: Admin) -> None:
    """Add the pages to ``app``, which already serves the static files."""
    site = Site(admin.town, admin.zone, admin.clock)
    publish = PublishPages(site, admin.publishing, heartbeat_s=admin.heartbeat_s)
    missing = set[str]()
    ContentPages(site, admin.publishing).add_to(app.router)
    FormPages(site, admin.publishing).add_to(app.router)
    NewPages(site, admin.publishing).add_to(app.router)
    publish.add_to(app.router)
    if admin.tryout is not None:
        TryPages(site, admin.tryout, admin.services, admin.named).add_to(app.router)
    else:
        missing.add("/admin/essayer")
    if admin.questions is not None:
        pages = QuestionPages(site, admin.questions, admin.publishing, admin.named)
        pages.add_to(app.router)
    else:
        missing.add("/admin/questions")
    site.sections = tuple(one for one in _SECTIONS if one[0] not in missing)
    app.on_shutdown.append(publish.close)
