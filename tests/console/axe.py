"""What axe finds wrong with a page for people who use it otherwise than by eye and mouse."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _script() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


async def findings(page: Page) -> list[str]:
    """Return one line for each rule that the page breaks, with the elements that break it."""
    await page.evaluate(_script())
    results: dict[str, Any] = await page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        _RULES,
    )
    return [
        f"{one['id']} ({one['impact']}): "
        + " | ".join(str(node["target"]) for node in one["nodes"])
        for one in results["violations"]
    ]
