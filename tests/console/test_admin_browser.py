"""The admin pages in Chromium."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from console.api import listen
from tests.console.adminscene import AdminScene
from tests.console.axe import findings
from tests.console.chromium import IN_CHROMIUM, close_pages, watch
from tests.console.scene import now

POOL = "ville/lieux/piscine.yml"
PAGES = (
    "/admin/contenu",
    "/admin/contenu?q=piscine",
    "/admin/fichier/ville/lieux/piscine.yml",
    "/admin/formulaire/ville/lieux/piscine.yml",
    "/admin/formulaire/ville/lieux/dechetterie.yml",
    "/admin/formulaire/ville/avis/reveillon.yml",
    "/admin/formulaire/intents/animaux.yml",
    "/admin/formulaire/ville/reponses/animaux.yml",
    "/admin/formulaire/ville/reponses/animaux.yml?reponse=frelons",
    "/admin/nouveau/annonce",
    "/admin/nouveau/intention",
    "/admin/nouveau/reponse",
    "/admin/essayer",
    "/admin/questions",
    "/admin/signalees",
    "/admin/publier",
    "/admin/historique",
    "/admin/historique/v1",
)

pytestmark = IN_CHROMIUM


@dataclass
class Desk:
    """The console listening, and a browser before it."""

    scene: AdminScene
    browser: Browser
    port: int
    problems: list[str] = field(default_factory=list)

    async def page(self, path: str, **options: object) -> Page:
        context = await self.browser.new_context(locale="fr-FR", **options)  # type: ignore[arg-type]
        page = await context.new_page()
        watch(page, self.problems)
        await page.goto(f"http://127.0.0.1:{self.port}{path}", wait_until="domcontentloaded")
        return page


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    scene = await AdminScene.open(tmp_path)
    assert isinstance(scene, AdminScene)
    scene.prepare()
    console = await listen(scene.app(), "127.0.0.1", 0)
    port = console.addresses[0][1]
    desk = Desk(scene, browser, port)
    yield desk
    await close_pages(browser)
    await console.cleanup()
    await scene.store.close()
    assert desk.problems == []


async def fill(scene: AdminScene) -> None:
    """Give every page something to show, long words too."""
    long = "anticonstitutionnellement" * 8
    for number, heard in enumerate(("poser une ruche", "une ruche au jardin", long + " et"), 1):
        await scene.start(f"c{number}")
        await scene.turn(f"c{number}", 1, heard, "Pardon ?", decision="ask_again", intent="animaux")
    await scene.store.wrong_answer("c1", 1, "Marie", f"La réponse est inexacte : {long}", now())
    office = scene.office
    for path in (POOL, "intents/animaux.yml"):
        file = await office.read(path)
        assert file is not None
        text = file.text.replace("relu_le", f"source_{long}: {long}\nrelu_le")
        await office.save(path, f"{text}# {long}\n", file.fingerprint, "Hélène")
    await office.save("phrases.yml", "accueil: [\n", (await office._now("phrases.yml")).fingerprint,
                      "Paul")  # fmt: skip
    office._add("Hélène", "nouveaux tarifs", [POOL, "intents/animaux.yml"])
    await office.tell(outcome="refused", step="", reasons=(f"« {long} » n’est plus comprise.",),
                      lines=("Vérification", "Apprentissage"))  # fmt: skip


async def test_an_editor_breaks_a_file_and_is_told_where(desk: Desk) -> None:
    page = await desk.page(f"/admin/fichier/{POOL}")
    text = page.locator("#texte")
    broken = (await text.input_value()).replace("horaires:", "horaires: matin:", 1)
    await text.fill(broken)
    await page.get_by_role("button", name="Vérifier").click()
    link = page.locator("#constats a[data-ligne]")
    await expect(link).to_contain_text("ligne")
    await expect(page.locator("#constats")).to_contain_text("guillemets droits")
    line = int(await link.get_attribute("data-ligne") or 0)
    assert broken.split("\n")[line - 1].startswith("horaires: matin:")
    await link.click()
    await expect(text).to_be_focused()
    chosen = await text.evaluate("(t) => t.value.slice(t.selectionStart, t.selectionEnd)")
    assert chosen
    assert broken.split("\n")[line - 1].endswith(chosen)
    assert desk.scene.office.drafts == {}
    await page.get_by_role("button", name="Enregistrer le brouillon").click()
    await expect(page.get_by_role("status")).to_contain_text("Brouillon enregistré")
    await page.goto(f"http://127.0.0.1:{desk.port}/admin/publier", wait_until="domcontentloaded")
    await expect(page.get_by_role("button", name="Publier")).to_be_disabled()
    await expect(page.locator(".constat.grave")).to_contain_text("n'est pas du YAML valable")


async def test_hours_are_changed_by_keyboard_and_published(desk: Desk) -> None:
    page = await desk.page("/admin/contenu")
    await page.get_by_role("searchbox").fill("mairie")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("q=mairie"))
    await page.get_by_role("link", name="Mairie", exact=True).click()
    await page.get_by_label("Horaires, samedi, matin, de").fill("10:00")
    await page.get_by_label("Horaires, samedi, matin, à").fill("16:00")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Brouillon enregistré")
    await page.get_by_role("link", name="Voir ce qui changerait").click()
    await expect(page.locator(".plus-ligne")).to_contain_text("Sa 10:00-16:00")
    await page.get_by_label("Pourquoi ce changement").fill("ouverture du samedi après-midi")
    await page.keyboard.press("Enter")
    await expect(page.locator("#progres")).to_contain_text("Publié")
    assert "Sa 10:00-16:00" in desk.scene.office.live["ville/lieux/mairie.yml"]
    assert desk.scene.office.history[0].reason == "ouverture du samedi après-midi"


async def test_a_publication_is_followed_to_its_refusal(desk: Desk) -> None:
    office = desk.scene.office
    await office.tell(outcome="running", step="Vérification", author="Hélène", reason="essai")
    page = await desk.page("/admin/publier")
    await expect(page.locator("#progres")).to_contain_text("Vérification")
    await office.tell(step="Apprentissage", lines=("Vérification",))
    await expect(page.locator("#progres")).to_contain_text("Publication en cours : Apprentissage")
    await office.tell(outcome="refused", reasons=("« un nid de frelons » n’est plus comprise.",))
    await expect(page.locator("#progres")).to_contain_text("rien n’a changé pour les appelants")
    await expect(page.locator("#progres")).to_contain_text("nid de frelons")


async def test_what_was_typed_is_not_left_by_mistake(desk: Desk) -> None:
    page = await desk.page("/admin/nouveau/annonce")
    asked: list[str] = []

    async def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    await page.get_by_label("Nom de l’annonce").fill("grève")
    async with page.expect_event("dialog"):
        await page.get_by_role("link", name="Essayer").click()
    await expect(page).to_have_url(re.compile("nouveau/annonce"))
    assert asked == ["beforeunload"]


async def test_one_speaks_into_the_microphone(desk: Desk) -> None:
    heard: list[bytes] = []

    async def recognise(call: str, pcm: bytes, waiting_since: float, expects: str) -> object:
        heard.append(pcm)
        return await type(desk.scene.recogniser)(0.0).recognise("", b"la piscine", 0.0, "libre")

    desk.scene.recogniser.recognise = recognise  # type: ignore[method-assign, assignment]
    page = await desk.page("/admin/essayer")
    await page.evaluate(
        """() => {
            const commencer = MediaRecorder.prototype.start;
            window.assez = new Promise((dit) => {
                let morceaux = 0;
                MediaRecorder.prototype.start = function () {
                    this.addEventListener("dataavailable", () => { if (++morceaux > 5) dit(); });
                    commencer.call(this, 100);
                };
            });
        }"""
    )
    await page.get_by_role("button", name="Parler au micro").click()
    await expect(page.locator("#etat-micro")).to_have_text("Parlez…")
    await page.evaluate("() => window.assez")
    await page.get_by_role("button", name="J’ai fini").click()
    await expect(page.locator("#resultat")).to_contain_text("piscine ouverte")
    assert len(heard[0]) > 2 * 1600


async def test_axe_finds_nothing_and_nothing_overflows(desk: Desk) -> None:
    await fill(desk.scene)
    page = await desk.page("/admin/contenu")
    for path in PAGES:
        await page.goto(f"http://127.0.0.1:{desk.port}{path}", wait_until="domcontentloaded")
        for width in (1280, 400):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert await findings(page) == [], path
    await page.goto(f"http://127.0.0.1:{desk.port}/admin/essayer", wait_until="domcontentloaded")
    await page.locator("#texte").fill("la piscine")
    await page.keyboard.press("Enter")
    await expect(page.locator("#resultat")).to_contain_text("Pourquoi")
    assert await findings(page) == []
