"""The reception pages in Chromium, by keyboard as staff use them."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from console.api import listen
from console.labels import due
from console.live import Person
from console.ports import DayCounts
from tests.console.chromium import IN_CHROMIUM, close_pages, watch
from tests.console.scene import Scene, a_callback, a_message, a_text, now

PORTS = range(24100, 24200)

pytestmark = IN_CHROMIUM


@dataclass
class Desk:
    """A console that listens, and a browser before it."""

    scene: Scene
    browser: Browser
    port: int
    console: web.AppRunner
    problems: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def page(self, path: str = "/accueil", agent: str = "marie", **options: object) -> Page:
        context = await self.browser.new_context(locale="fr-FR", **options)  # type: ignore[arg-type]
        if agent:
            cookie = {"name": "callbot_agent", "value": agent, "url": self.url}
            await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        watch(page, self.problems)
        await page.goto(self.url + path)
        return page

    async def restart(self, scene: Scene) -> None:
        await self.console.cleanup()
        self.scene = scene
        self.console = await listen(scene.app(), "127.0.0.1", self.port)


def free_port() -> int:
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    scene = await Scene.open(tmp_path)
    port = free_port()
    console = await listen(scene.app(), "127.0.0.1", port)
    desk = Desk(scene, browser, port, console)
    yield desk
    await close_pages(browser)
    await desk.console.cleanup()
    await scene.store.close()
    assert desk.problems == []


async def test_a_call_is_followed_from_its_arrival_to_its_end(desk: Desk) -> None:
    page, scene = await desk.page(), desk.scene
    await expect(page.locator("#appels")).to_contain_text("Aucun appel en cours")
    await scene.start("c1")
    await page.locator("#appels a[data-appel=c1]").click()
    detail = page.locator("#detail")
    await expect(detail).to_contain_text("Rien n’a encore été dit")
    scene.board.heard("c1", "pour mon passeport")
    await expect(detail.locator(".tours")).to_contain_text("le robot prépare sa réponse")
    await scene.turn("c1", 1, "pour mon passeport", "Sur rendez-vous.")
    await expect(detail.locator(".fiche blockquote")).to_have_text("pour mon passeport")
    await expect(detail.locator("#tour-c1-1")).to_contain_text("Sur rendez-vous.")
    scene.wait("c1")
    await expect(page.locator("#attente [data-attente=c1]")).to_be_visible()
    await expect(page).to_have_title(re.compile(r"^\(1\) Accueil"))
    await expect(page.locator("#annonces")).to_have_text("Nouvel appel en attente : État civil")
    scene.board.queue_changed([])
    await scene.end("c1", "transferred", "etat_civil")
    await expect(page.locator("#termines a[data-appel=c1]")).to_have_attribute(
        "aria-current", "true"
    )
    await expect(detail.locator("button", has_text="Terminé")).to_be_visible()
    await expect(page).to_have_title(re.compile(r"^Accueil"))


async def test_everything_goes_by_keyboard(desk: Desk) -> None:
    scene = desk.scene
    for call in ("c1", "c2"):
        await scene.start(call)
        await scene.turn(call, 1, f"demande de {call}", "Réponse.")
    scene.wait("c1", "c2")
    page = await desk.page()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator("#attente a[data-appel=c2]")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#detail")).to_be_focused()
    await expect(page.locator("#detail blockquote")).to_have_text("demande de c2")
    await page.keyboard.press("p")
    await expect(page.locator("#message")).to_have_text("Votre téléphone sonne.")
    await page.keyboard.press("t")
    # One letter, as a list forgets what was typed a second ago.
    await page.keyboard.press("u")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_have_text("Transfert demandé.")
    await page.keyboard.press("n")
    await page.keyboard.type("passer à 14 h, p t n")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#notes-c2 .texte")).to_have_text("passer à 14 h, p t n")
    await page.keyboard.press("e")
    await page.keyboard.press("Tab")
    await page.keyboard.type("trop court")
    await page.keyboard.press("Enter")
    await expect(page.locator("#tour-c2-1 .faux")).to_contain_text("trop court")
    await page.keyboard.press("2")
    await expect(page.locator("#message")).to_have_text("Présence changée.")
    await page.keyboard.press("l")
    await expect(page.locator("#attente a[data-appel=c2]")).to_be_focused()
    assert scene.desk.asked == [
        ("take", "c2", "marie"),
        ("transfer", "c2", "urbanisme", "marie"),
        ("presence", "marie", "break"),
    ]


async def test_shortcuts_are_listed_and_can_be_turned_off(desk: Desk) -> None:
    await desk.scene.start("c1")
    page = await desk.page("/accueil?appel=c1")
    await page.keyboard.press("?")
    await expect(page.locator("#aide")).to_be_visible()
    await page.keyboard.press("p")
    await page.get_by_label("Raccourcis d’une seule touche actifs").uncheck()
    await page.keyboard.press("Escape")
    await expect(page.locator("#aide")).to_be_hidden()
    await page.keyboard.press("p")
    await page.keyboard.press("?")
    await expect(page.locator("#aide")).to_be_hidden()
    assert desk.scene.desk.asked == []


async def test_what_is_typed_and_where_one_stands_survive_every_change(desk: Desk) -> None:
    scene = desk.scene
    await scene.start("c1")
    await scene.turn("c1", 1, "bonjour", "Bonjour.")
    page = await desk.page("/accueil?appel=c1")
    await page.locator("#texte-note-c1").fill("en train d’écrire")
    await page.locator("#service-c1").select_option("urbanisme")
    await page.locator("#signaler-c1-1").click()
    await page.locator("#appels a[data-appel=c1]").focus()
    await scene.turn("c1", 2, "et samedi", "Oui.")
    await expect(page.locator("#tour-c1-2")).to_be_visible()
    await expect(page.locator("#texte-note-c1")).to_have_value("en train d’écrire")
    await expect(page.locator("#service-c1")).to_have_value("urbanisme")
    await expect(page.locator("#tour-c1-1 form")).to_be_visible()
    await expect(page.locator("#appels a[data-appel=c1]")).to_be_focused()
    scene.wait("c1")
    await expect(page.locator("#attente a[data-appel=c1]")).to_be_focused()


async def test_a_restart_of_the_server_is_seen_and_recovered_from(desk: Desk) -> None:
    scene = desk.scene
    await scene.start("c1")
    await scene.turn("c1", 1, "mon passeport", "Oui.")
    await scene.start("lost")
    page = await desk.page("/accueil?appel=c1")
    await expect(page.locator("#connexion")).to_be_hidden()
    await expect(page.locator("#appels a[data-appel=lost]")).to_be_visible()
    await desk.console.cleanup()
    await expect(page.locator("#connexion")).to_be_visible()
    await page.locator("#texte-note-c1").fill("note pendant la coupure")
    await page.locator(".form-note button").click()
    await expect(page.locator("#message")).to_contain_text("ne répond pas")
    await scene.end("c1", "answered")
    again = Scene(scene.store)
    await desk.restart(again)
    await again.start("c2")
    await expect(page.locator("#connexion")).to_be_hidden()
    await expect(page.locator("#appels a[data-appel=c2]")).to_be_visible()
    await expect(page.locator("#appels a[data-appel=lost]")).to_have_count(0)
    await expect(page.locator("#termines a[data-appel=c1]")).to_be_visible()
    await expect(page.locator("#texte-note-c1")).to_have_value("note pendant la coupure")
    await page.locator(".form-note button").click()
    await expect(page.locator("#notes-c1 .texte")).to_have_text("note pendant la coupure")


async def test_two_agents_see_each_other_and_a_refusal_is_told(desk: Desk) -> None:
    scene = desk.scene
    await scene.start("c1")
    scene.wait("c1")
    marie = await desk.page("/accueil?appel=c1")
    paul = await desk.page("/accueil?appel=c1", agent="paul")
    await marie.locator("#b-prendre-c1").click()
    scene.board.queue_changed([])
    scene.board.phase("c1", "talking", scene.board.snapshot().calls[0].started_at, agent="marie")
    await expect(paul.locator("#appels [id=appel-c1]")).to_contain_text("Marie Dupont")
    await expect(paul.locator("#b-prendre-c1")).to_have_count(0)
    scene.desk.refusal = "Cet appel vient d’être pris par Marie."
    await paul.locator("#service-c1").select_option("urbanisme")
    await paul.locator("#b-transferer-c1").click()
    await expect(paul.locator("#message.erreur")).to_have_text(scene.desk.refusal)
    scene.board.presence_changed([Person("marie", "Marie Dupont", "in_call")])
    await expect(paul.locator("#equipe")).to_contain_text("en ligne")


async def test_search_as_one_types_and_back(desk: Desk) -> None:
    scene = desk.scene
    for call, words in (("c1", "des Œillets fanés"), ("c2", "un passeport")):
        await scene.start(call)
        await scene.turn(call, 1, words, "Oui.")
        await scene.end(call, "answered")
    page = await desk.page()
    await page.keyboard.press("/")
    await page.keyboard.type("oeillets")
    await expect(page.locator("#trouves a[data-appel=c1]")).to_be_visible()
    await expect(page.locator("#annonces")).to_contain_text("1 appel")
    await expect(page.locator("#termines")).to_be_hidden()
    await page.locator("#trouves a[data-appel=c1]").click()
    await expect(page.locator("#detail blockquote")).to_have_text("des Œillets fanés")
    await page.go_back()
    await expect(page.locator("#detail")).to_contain_text("Choisissez un appel")


async def test_alerts_ring_only_after_they_were_asked_for(desk: Desk) -> None:
    page = await desk.page()
    await page.evaluate(
        """() => {
            window.sonneries = 0;
            const creer = AudioContext.prototype.createOscillator;
            AudioContext.prototype.createOscillator = function () {
                window.sonneries += 1;
                return creer.call(this);
            };
            window.avis = [];
            window.Notification = class {
                static permission = "granted";
                static requestPermission = async () => "granted";
                constructor(titre, options) { window.avis.push(options.body); }
            };
        }"""
    )
    await desk.scene.start("c1")
    desk.scene.wait("c1")
    await expect(page.locator("#attente a[data-appel=c1]")).to_be_visible()
    assert await page.evaluate("window.sonneries") == 0
    await page.keyboard.press("s")
    await expect(page.locator("#alertes")).to_have_attribute("aria-pressed", "true")
    tried = await page.evaluate("window.sonneries")
    await desk.scene.start("c2")
    desk.scene.wait("c1", "c2")
    await expect(page.locator("#attente a[data-appel=c2]")).to_be_visible()
    assert await page.evaluate("window.sonneries") > tried
    assert await page.evaluate("window.avis") == ["État civil"]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 800)])
async def test_the_pages_fit_their_window(desk: Desk, width: int, height: int) -> None:
    await desk.scene.start("c1", caller="anonymous-with-a-very-long-name-and-no-space-at-all")
    await desk.scene.turn("c1", 1, "x" * 300, "y" * 300, service="z" * 60)
    desk.scene.wait("c1", service="z" * 60)
    desk.scene.board.details("c1", {"rue": "v" * 200})
    desk.scene.promise(a_callback("r", call="c1", reason="w" * 300, number="9" * 60))
    desk.scene.outbox.change(a_text("t", "failed", text="t" * 300, source="s" * 90, call="c1"))
    desk.scene.messages.leave(a_message("m", "c1", transcript="p" * 300))
    day = now().astimezone(desk.scene.board.zone).date()
    desk.scene.board.counts_changed(DayCounts(day, 1000, 900, 90, 10, 4000))
    for path in ("/accueil", "/accueil?appel=c1", "/mur", "/sms"):
        page = await desk.page(path, viewport={"width": width, "height": height})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
    page = await desk.page("/accueil", viewport={"width": width, "height": height})
    await page.locator("#attente a[data-appel=c1]").click()
    await expect(page.locator("#detail")).to_be_in_viewport()
    if width < 500:
        await expect(page.locator("#attente")).to_be_hidden()
        await page.get_by_text("Retour à la liste").click()
        await expect(page.locator("#attente a[data-appel=c1]")).to_be_focused()


async def test_hostile_words_stay_words(desk: Desk) -> None:
    hostile = (
        "<img src=x onerror=\"document.title='pirate'\"><script>document.title='pirate'</script>"
    )
    page = await desk.page()
    await desk.scene.start("c1", caller=hostile)
    await desk.scene.turn("c1", 1, hostile, hostile)
    await page.locator("#appels a[data-appel=c1]").click()
    await expect(page.locator("#detail blockquote")).to_have_text(hostile)
    assert "pirate" not in await page.title()
    assert await page.locator("#detail img").count() == 0


async def test_the_wall_follows(desk: Desk) -> None:
    page = await desk.page("/mur")
    await expect(page.locator("#mur-attente b")).to_have_text("0")
    await desk.scene.start("c1")
    desk.scene.wait("c1")
    await expect(page.locator("#mur-attente b")).to_have_text("1")
    await expect(page.locator("#mur-longue time")).to_have_text(re.compile(r"0:[45]\d"))
    await desk.scene.start("c2")
    await desk.scene.end("c2", "answered")
    await expect(page.locator("#mur-robot b")).to_contain_text("100")


async def test_every_control_has_a_name(desk: Desk) -> None:
    await desk.scene.start("c1")
    await desk.scene.turn("c1", 1, "bonjour", "Bonjour.")
    desk.scene.promise(a_callback("r", call="c1"), a_callback("over", state="done"))
    desk.scene.outbox.change(a_text("t", "failed", call="c1"))
    desk.scene.messages.leave(a_message("m", "c1"))
    for path in ("/accueil?appel=c1", "/sms"):
        page = await desk.page(path, agent="")
        unnamed = await page.evaluate(
            """() => [...document.querySelectorAll(
                "a, button, select, textarea, input, audio, summary, [role=group], nav, dialog")]
                .filter((e) => e.type !== "hidden")
                .filter((e) => !(e.labels?.length || e.ariaLabel || e.textContent.trim()))
                .map((e) => e.outerHTML)"""
        )
        assert unnamed == []
        twice = await page.evaluate(
            """() => {
                const noms = [...document.querySelectorAll("[id]")].map((e) => e.id);
                return noms.filter((nom, rang) => noms.indexOf(nom) !== rang);
            }"""
        )
        assert twice == []


async def test_call_backs_go_by_keyboard(desk: Desk) -> None:
    scene = desk.scene
    await scene.start("c1")
    await scene.end("c1", "callback")
    scene.promise(a_callback("r1", 5, call="c1"), a_callback("r2", 30), a_callback("r3", 50))
    page = await desk.page()
    await page.keyboard.press("j")
    await expect(page.locator("#lien-promis-r1")).to_be_focused()
    await page.keyboard.press("j")
    await expect(page.locator("#lien-promis-r2")).to_be_focused()
    await page.keyboard.press("r")
    await expect(page.locator("#message")).to_have_text("Le rappel est en file.")
    await expect(page.locator("#promis-r2")).to_contain_text("en file")
    await page.keyboard.press("a")
    confirm = page.locator("#promis-r2 .confirmer button")
    await expect(confirm).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(confirm).to_be_hidden()
    await page.keyboard.press("a")
    await page.keyboard.press("Enter")
    await expect(page.locator("#liste-promis #promis-r2")).to_have_count(0)
    await expect(page.locator("#liste-promis #lien-promis-r3")).to_be_focused()
    await page.keyboard.press("f")
    await expect(page.locator("#liste-promis #promis-r3")).to_have_count(0)
    await expect(page.locator("#lien-promis-r1")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#detail")).to_be_focused()
    await expect(page.locator("#rappel-de-c1")).to_contain_text("demande de r1")
    await page.keyboard.press("f")
    await expect(page.locator("#rappel-de-c1")).to_contain_text("fait")
    await expect(page.locator("#b-termine-c1")).to_be_visible()
    assert scene.callbacks.asked == [
        ("now", "r2", "marie"),
        ("cancel", "r2", "marie"),
        ("done", "r3", "marie"),
        ("done", "r1", "marie"),
    ]


async def test_what_is_to_be_confirmed_stays_open_when_the_rest_changes(desk: Desk) -> None:
    scene = desk.scene
    scene.promise(a_callback("r1"))
    page = await desk.page()
    await page.locator("#b-promis-annuler-r1").click()
    confirm = page.locator("#promis-r1 .confirmer button")
    await confirm.focus()
    scene.promise(a_callback("r0", 1), a_callback("r1", state="by_hand", by_hand="not_reached"))
    await expect(page.locator("#promis-r1")).to_contain_text("n’a pas répondu")
    await expect(page.locator("#annonces")).to_have_text("Un rappel est à faire à la main.")
    await expect(confirm).to_be_focused()
    await confirm.click()
    await expect(page.locator("#liste-promis #promis-r1")).to_have_count(0)
    await page.locator("#titre-rappels-finis").click()
    await expect(page.locator("#rappels-finis #promis-r1")).to_contain_text("annulé")


async def test_the_page_says_what_is_to_come_as_the_server_does(desk: Desk) -> None:
    for minutes in (-1, 0.5, 9.5, 59.5, 61, 300, 60 * 24, 60 * 30, 60 * 24 * 4, 60 * 24 * 9):
        desk.scene.promise(a_callback("r", minutes))
        page = await desk.page()
        time = page.locator("#promis-r time[data-pour]")
        zone = desk.scene.board.zone
        at = datetime.fromisoformat(str(await time.get_attribute("data-pour")))
        said = await page.evaluate(
            """async ([at, instant]) => {
                const temps = await import("/statique/temps.js");
                temps.regler(instant);
                return temps.echeance(Date.parse(at), document.body.dataset.fuseau);
            }""",
            [at.isoformat(), (instant := now()).isoformat()],
        )
        assert said == due(at, instant, zone), minutes
        await page.close()


async def test_texts_are_followed_searched_and_sent_again_by_keyboard(desk: Desk) -> None:
    scene = desk.scene
    scene.outbox.change(a_text("t1", "failed", 3, error="boîte pleine"))
    scene.outbox.change(a_text("t2", "sending", 2))
    page = await desk.page("/sms")
    scene.outbox.change(a_text("t2", "delivered", 2))
    await expect(page.locator("#sms-t2")).to_contain_text("reçu")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator("#sms-t1")).to_be_focused()
    await page.keyboard.press("r")
    await expect(page.locator("#message")).to_have_text("Le SMS repart.")
    await expect(page.locator("#sms-t1")).to_contain_text("en attente")
    await expect(page.locator("#b-renvoyer-t1")).to_have_count(0)
    await expect(page.locator("#sms-t1")).to_be_focused()
    await page.keyboard.press("/")
    await page.keyboard.type("t2")
    await expect(page.locator("#sms-t1")).to_have_count(0)
    await expect(page.locator("#annonces")).to_have_text("1 SMS avec « t2 »")
    await expect(page).to_have_url(re.compile(r"\?q=t2$"))
    scene.outbox.change(a_text("t3", "sent"))
    scene.outbox.change(a_text("t2", "expired", 2))
    await expect(page.locator("#sms-t2")).to_contain_text("expiré")
    await expect(page.locator("#sms-t3")).to_have_count(0)
    assert scene.outbox.asked == [("t1", "marie")]


async def test_the_page_of_texts_comes_back_after_a_restart(desk: Desk) -> None:
    page = await desk.page("/sms")
    await expect(page.locator("#textes")).to_contain_text("Aucun SMS")
    await desk.console.cleanup()
    await expect(page.locator("#connexion")).to_be_visible()
    again = Scene(desk.scene.store)
    again.outbox.change(a_text("t1"))
    await desk.restart(again)
    await expect(page.locator("#connexion")).to_be_hidden()
    await expect(page.locator("#sms-t1")).to_be_visible()


async def test_a_voice_message_plays_on_while_the_page_changes(desk: Desk) -> None:
    scene = desk.scene
    page = await desk.page()
    scene.messages.leave(a_message("m1", "c1", seconds=60.0))
    sound = page.locator("#messages audio")
    await sound.evaluate("(son) => { son.muted = true; return son.play(); }")
    scene.messages.leave(a_message("m2", "c2"))
    await expect(page.locator("#message-m2")).to_be_visible()
    playing = page.locator("#message-m1 audio")
    assert await playing.evaluate("(son) => !son.paused && son.duration > 59")
    await page.locator("#lien-message-m1").focus()
    await page.keyboard.press("f")
    await expect(page.locator("#liste-messages #message-m1")).to_have_count(0)
    await expect(page.locator("#titre-messages-faits")).to_have_text("Messages traités (1)")


async def test_the_counts_of_the_day_follow(desk: Desk) -> None:
    scene = desk.scene
    page, wall = await desk.page(), await desk.page("/mur")
    day = now().astimezone(scene.board.zone).date()
    scene.board.counts_changed(DayCounts(day, 12, 9, 2, 1, 83))
    await expect(page.locator("#j-transferts b")).to_have_text("12")
    await expect(wall.locator("#mur-jour")).to_contain_text("1:23")
    await scene.start("c1")
    await expect(page.locator("#j-appels b")).to_have_text("1")
