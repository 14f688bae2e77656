"""Text messages of the callbot in the console, over HTTP."""

from __future__ import annotations

import pytest

from console.live import PARIS
from tests.console.conftest import Counter, next_event
from tests.console.scene import a_text, now


async def test_the_outbox_says_where_every_message_stands(counter: Counter) -> None:
    for place, (state, word) in enumerate(
        {
            "queued": "en attente",
            "sending": "en cours",
            "sent": "remis à la passerelle",
            "delivered": "reçu",
            "failed": "échec",
            "expired": "expiré",
        }.items()
    ):
        counter.scene.outbox.kept = [
            a_text("t", state, call="c/1", error="numéro non attribué" if place > 3 else "")  # type: ignore[arg-type]
        ]
        page = await counter.text("/sms")
        assert f"etat-sms {state}" in page
        assert word in page
        assert ("numéro non attribué" in page) == (place > 3)
        assert ("/sms/t/renvoyer" in page) == (state in ("failed", "expired"))
        assert "Mairie de Valbrune : message t." in page
        assert "reponses/etat civil · passeport" in page
        assert "accord donné à" in page
        assert 'href="/accueil?appel=c%2F1"' in page
        assert "••••••78" in page
        assert "612345678" not in page


async def test_without_a_gateway_nothing_seems_to_wait(counter: Counter) -> None:
    counter.scene.outbox.gateway = False
    counter.scene.outbox.change(a_text("t", "queued"))
    page = await counter.text("/sms")
    assert "non envoyé : aucune passerelle" in page
    assert "Aucune passerelle SMS n’est configurée" in page


async def test_texts_are_searched_filtered_counted_and_paged(counter: Counter) -> None:
    outbox = counter.scene.outbox
    for n in range(60):
        outbox.change(a_text(f"t{n:02}", "failed" if n % 10 == 0 else "delivered", 60 - n))
    outbox.kept.append(a_text("old", "failed", 60 * 24 * 3))
    page = await counter.text("/sms")
    assert 'id="sms-t59"' in page
    assert 'id="sms-t09"' not in page
    assert 'href="/sms?avant=t10"' in page
    assert 'id="sms-t09"' in await counter.text("/sms?avant=t10")
    failed = await counter.text("/sms?etat=failed")
    assert failed.count('class="sms"') == 7
    assert 'id="filtre-failed" class="filtre failed" href="/sms?etat=failed" aria-current' in failed
    created = [entry.created_at.astimezone(PARIS).date() for entry in outbox.kept]
    assert f"Tous <b>{created.count(now().astimezone(PARIS).date())}</b>" in failed
    found = await counter.text("/sms?q=t42")
    assert found.count('class="sms"') == 1
    assert "1 SMS avec « t42 »" in found
    assert "Aucun SMS avec « absent »" in await counter.text("/sms?q=absent")
    assert await counter.text("/sms?etat=pirate&avant=absent")
    part = await counter.text("/sms/liste?q=t42")
    assert "<html" not in part
    assert 'id="sms-t42"' in part


async def test_only_failed_texts_are_sent_again_and_under_a_name(counter: Counter) -> None:
    outbox = counter.scene.outbox
    outbox.kept = [a_text("bad", "failed"), a_text("good", "delivered")]
    assert (await counter.post("/sms/bad/renvoyer"))[0] == 409
    counter.be("marie")
    assert await counter.post("/sms/bad/renvoyer") == (200, {"message": "Le SMS repart."})
    assert (await counter.post("/sms/good/renvoyer"))[0] == 409
    assert (await counter.post("/sms/bad/danser"))[0] == 404
    assert outbox.asked == [("bad", "marie")]
    headers = {"Sec-Fetch-Site": "same-origin"}
    url = counter.url + "/sms/good/renvoyer"
    async with counter.session.post(url, headers=headers) as answer:
        assert answer.status == 409
        assert "ne peut pas être renvoyé" in await answer.text()


@pytest.mark.parametrize(
    "path", ["/accueil/rappels/r/fait", "/sms/t/renvoyer", "/accueil/messages/m/fait"]
)
async def test_only_our_own_pages_may_act_here_too(counter: Counter, path: str) -> None:
    counter.be("marie")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ailleurs.example"}, {}):
        async with counter.session.post(counter.url + path, headers=headers) as answer:
            assert answer.status == 403, headers


async def test_a_change_of_a_text_reaches_its_page_and_its_call(counter: Counter) -> None:
    async with counter.session.get(f"{counter.url}/accueil/direct?vue=sms") as answer:
        _, whole = await next_event(answer)
        assert whole["textes"] is True
        assert whole["regions"] == {}
        counter.scene.outbox.change(a_text("t", call="c1"))
        _, data = await next_event(answer)
        assert data["textes"] is True
        assert data["regions"] == {}
        assert data["details"] == ["c1"]
        await counter.scene.start("c2")
        _, data = await next_event(answer)
        assert data["textes"] is False


async def test_a_call_shows_its_texts(counter: Counter) -> None:
    scene = counter.scene
    await scene.start("c1")
    scene.outbox.change(a_text("mine", "failed", call="c1", error="boîte pleine"))
    scene.outbox.change(a_text("other", call="c2"))
    page = await counter.text("/accueil/appels/c1")
    assert "message mine" in page
    assert "boîte pleine" in page
    assert "/sms/mine/renvoyer" in page
    assert "message other" not in page
