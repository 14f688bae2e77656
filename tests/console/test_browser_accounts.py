"""Logging in, in Chromium: by keyboard, on a narrow window, and for a screen reader."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
)

from console.api import listen
from tests.console.accountscene import PASSWORD, House
from tests.console.axe import findings
from tests.console.chromium import IN_CHROMIUM, close_pages, watch
from tests.console.scene import Scene
from tests.console.test_accounts_roles import a_day

DESKTOP = ViewportSize(width=1280, height=800)
NARROW = ViewportSize(width=360, height=740)

pytestmark = IN_CHROMIUM


@dataclass
class Office:
    """A console with log-in that listens, and a browser before it."""

    house: House
    browser: Browser
    console: web.AppRunner
    problems: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.console.addresses[0][1]}"

    async def context(self, size: ViewportSize | None = None) -> BrowserContext:
        return await self.browser.new_context(
            locale="fr-FR",
            viewport=size or DESKTOP,
        )

    async def page(self, path: str, context: BrowserContext | None = None) -> Page:
        page = await (context or await self.context()).new_page()
        watch(page, self.problems)
        await page.goto(self.url + path)
        return page

    async def log_in(self, page: Page, name: str, password: str = PASSWORD) -> None:
        await page.get_by_label("Nom du compte").fill(name)
        await page.get_by_label("Mot de passe").fill(password)
        # Whoever leaves the page before the answer is there is not logged in.
        async with page.expect_navigation():
            await page.get_by_role("button", name="Se connecter").click()


@pytest_asyncio.fixture(loop_scope="module")
async def office(browser: Browser, tmp_path: Path) -> AsyncIterator[Office]:
    house = await House.open(tmp_path)
    console = await listen(house.app(), "127.0.0.1", 0)
    office = Office(house, browser, console)
    yield office
    await close_pages(browser)
    await console.cleanup()
    await house.close()
    assert office.problems == []


async def test_in_and_out_by_keyboard(office: Office) -> None:
    await office.house.scene.start("c1")
    page = await office.page("/accueil?appel=c1")
    await expect(page).to_have_url(re.compile(r"/connexion\?suite="))
    await expect(page.get_by_label("Nom du compte")).to_be_focused()
    await page.keyboard.type("marie")
    await page.keyboard.press("Tab")
    await page.keyboard.type("pas le bon mot de passe")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("Nom ou mot de passe incorrect.")
    await expect(page).to_have_title(re.compile("^Erreur"))
    await expect(page.get_by_label("Nom du compte")).to_have_value("marie")
    await expect(page.get_by_label("Mot de passe")).to_be_focused()
    await expect(page.get_by_label("Mot de passe")).to_have_value("")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(office.url + "/accueil?appel=c1")
    await expect(page.locator("#titre-detail")).to_be_visible()
    # Shown by the script that also listens for keys.
    await expect(page.get_by_role("button", name="Raccourcis clavier")).to_be_visible()
    await page.keyboard.press("p")
    await expect(page.locator("#message")).to_have_text("Votre téléphone sonne.")
    assert office.house.scene.desk.asked == [("take", "c1", "marie")]
    mine = page.locator("summary", has_text="Marie")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await mine.evaluate("element => element === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Mon compte")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Se déconnecter")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté.")
    await page.goto(office.url + "/accueil")
    await expect(page).to_have_url(re.compile(r"/connexion"))


async def test_a_live_page_leads_to_log_in_and_back(office: Office) -> None:
    page = await office.page("/accueil")
    await office.log_in(page, "marie")
    await expect(page.locator("#presence")).to_be_visible()
    office.house.clock.ahead += timedelta(hours=3)
    await expect(page).to_have_url(office.url + "/connexion?suite=%2Faccueil")
    await office.log_in(page, "marie")
    await expect(page).to_have_url(office.url + "/accueil")


async def test_a_password_is_changed_and_other_places_are_closed(office: Office) -> None:
    elsewhere = await office.page("/accueil")
    await office.log_in(elsewhere, "marie")
    page = await office.page("/compte")
    await office.log_in(page, "marie")
    await page.get_by_label("Mot de passe actuel").fill("faux")
    await page.get_by_label("Nouveau mot de passe").fill("deux hiboux dorment")
    await page.get_by_label("Encore une fois").fill("deux hiboux dorment")
    await page.get_by_role("button", name="Changer de mot de passe").click()
    await expect(page.get_by_role("alert")).to_contain_text("actuel n’est pas le bon")
    await page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    await page.get_by_label("Nouveau mot de passe").fill("deux hiboux dorment")
    await page.get_by_label("Encore une fois").fill("deux hiboux dorment")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Mot de passe changé.")
    await expect(elsewhere).to_have_url(re.compile("/connexion"))


async def test_an_account_is_made_and_locked_by_keyboard(office: Office) -> None:
    page = await office.page("/comptes")
    await office.log_in(page, "chef")
    await page.get_by_role("link", name="Nouveau compte").press("Enter")
    await expect(page.get_by_label("Nom du compte, pour se connecter")).to_be_focused()
    await page.keyboard.type("nadia")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Nadia Petit")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="Éditeur")).to_be_checked()
    await page.keyboard.press("Enter")
    secret = page.get_by_role("status").locator("code")
    await expect(secret).to_have_text(re.compile("^[a-z0-9-]{24}$"))
    assert await findings(page) == []
    password = await secret.inner_text()
    theirs = await office.page("/compte")
    await office.log_in(theirs, "nadia", password)
    await expect(theirs.get_by_role("heading", level=1)).to_have_text("Mon compte")
    await page.get_by_role("button", name="Verrouiller").press("Enter")
    await expect(page.get_by_role("status")).to_have_text(re.compile("^Compte verrouillé"))
    assert await findings(page) == []
    await theirs.reload()
    await office.log_in(theirs, "nadia", password)
    await expect(theirs.get_by_role("alert")).to_contain_text("verrouillé")


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["large", "étroit"])
async def test_axe_finds_nothing_and_nothing_overflows(office: Office, size: ViewportSize) -> None:
    await a_day(office.house)
    context = await office.context(size)
    page = await office.page("/connexion", context)

    async def fine() -> None:
        assert await findings(page) == [], page.url
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, page.url

    await fine()
    await office.log_in(page, "visiteur", "faux")
    await expect(page.get_by_role("alert")).to_be_visible()
    await fine()
    await office.log_in(page, "visiteur")
    await page.goto(office.url + "/journal")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Page réservée")
    await fine()
    await page.locator("summary", has_text="Visiteur").click()
    await fine()
    await page.get_by_role("button", name="Se déconnecter").click()
    await office.log_in(page, "chef")
    paths = ("/compte", "/journal", "/journal?qui=marie&quoi=sms", "/")
    accounts = ("/comptes", "/comptes/marie", "/comptes/chef", "/nouveau-compte")
    for path in (
        *paths,
        *accounts,
        "/accueil",
        "/accueil?appel=c1",
        "/accueil?appel=c2",
        "/sms",
        "/mur",
    ):
        await page.goto(office.url + path)
        await fine()


async def test_without_accounts_nothing_speaks_of_log_in(office: Office) -> None:
    scene = Scene(office.house.scene.store)
    console = await listen(scene.app(), "127.0.0.1", 0)
    page = await office.page("/connexion")
    await page.goto(f"http://127.0.0.1:{console.addresses[0][1]}/accueil")
    await expect(page.get_by_label("Je suis")).to_be_visible()
    await expect(page.get_by_role("button", name="Se déconnecter")).to_have_count(0)
    await page.goto(f"http://127.0.0.1:{console.addresses[0][1]}/compte")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
    await expect(page.locator("main")).to_contain_text("Administrateur")
    assert await findings(page) == []
    await console.cleanup()
