"""The fields of a form, as a browser without script would send them."""

from __future__ import annotations

from html.parser import HTMLParser

from multidict import MultiDict


class _Reader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: MultiDict[str] = MultiDict()
        self._action = action
        self._inside = False
        self._area = ""
        self._select = ""
        self._first = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action", "").startswith(self._action)
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") != "file":
            box = given.get("type") in ("checkbox", "radio")
            if not box or "checked" in given:
                self.fields.add(name, given.get("value", "on" if box else ""))
        elif tag == "textarea":
            self._area, self._first = name, True
            self.fields.add(name, "")
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in given or self._select not in self.fields)
        ):
            self.fields[self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            text = data.removeprefix("\n") if self._first else data
            self._first = False
            self.fields[self._area] += text

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""


def fields_of(page: str, action: str) -> MultiDict[str]:
    """Return the fields of the forms of ``page`` whose action begins like that."""
    reader = _Reader(action)
    reader.feed(page)
    return reader.fields


def filled(fields: MultiDict[str], **more: str) -> MultiDict[str]:
    """Return a form with some of its fields filled in."""
    form = fields.copy()
    for name, value in more.items():
        form[name] = value
    return form
