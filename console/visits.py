"""What every page of staff does with a request: who asks, whether it may act, how to answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from common import logs
from console.boardview import Viewer
from console.gate import who
from console.live import LiveBoard, Person
from console.ports import ActionRefusedError
from console.roles import Permission

COOKIE = "callbot_agent"
"""Who works at this browser, where nobody logs in."""
MAX_QUERY = 100


class Visits:
    """Reads requests."""

    def __init__(self, board: LiveBoard, *, full_numbers: bool) -> None:
        self._board = board
        self._full_numbers = full_numbers

    def viewer(self, request: web.Request) -> Viewer:
        """Return who looks, and what the role lets them see and do."""
        asks = who(request)
        return Viewer(
            self._board.person(asks.agent),
            self._full_numbers and asks.may(Permission.SEE_NUMBERS),
            asks,
        )

    def actor(self, request: web.Request) -> Person | None:
        """Return who acts: a member of staff, or an account without telephone (no id)."""
        asks = who(request)
        person = self._board.person(asks.agent)
        return Person("", asks.name) if person is None and asks.account else person

    async def form(self, request: web.Request) -> Mapping[str, str]:
        """Return the fields of a request that changes something."""
        data = await request.post()
        return {name: value for name, value in data.items() if isinstance(value, str)}


async def answer(
    request: web.Request,
    work: Awaitable[str],
    refused: Callable[[str], Awaitable[web.StreamResponse]],
    back: str,
) -> web.StreamResponse:
    """Carry out an action: JSON for the script, else the page ``back`` or the ``refused`` one.

    Raises:
        HTTPNotFound: there is no such action.
        HTTPSeeOther: done, for a browser without script.
    """
    script = "application/json" in request.headers.get("Accept", "")
    try:
        said = await work
    except KeyError:
        raise web.HTTPNotFound from None
    except ActionRefusedError as error:
        logs.get().info("action_refused")
        if script:
            return web.json_response({"erreur": str(error)}, status=409)
        return await refused(str(error))
    if script:
        return web.json_response({"message": said})
    raise web.HTTPSeeOther(back)


def words_of(request: web.Request) -> str:
    """Return the words to search."""
    return request.query.get("q", "").strip()[:MAX_QUERY]


def html(page: str, status: int = 200) -> web.Response:
    """Return a page; its own actions may say where they come from."""
    return web.Response(
        text=page,
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={"Referrer-Policy": "same-origin"},
    )
