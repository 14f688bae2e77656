"""``sms.yml``: what it gives, and how each mistake is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from textwrap import dedent, indent

import pytest

from common.yamlfile import ConfigError
from telephony.sms.gateways.gammu import GammuGateway, GammuSettings
from telephony.sms.gateways.https import HttpsGateway, HttpsSettings
from telephony.sms.gateways.kannel import KannelGateway, KannelSettings
from telephony.sms.gateways.smpp import SmppGateway, SmppSettings
from telephony.sms.rules import OutboxRules
from telephony.sms.smsconfig import (
    SmsSettings,
    check_sms_settings,
    load_sms_settings,
    make_gateways,
)
from tests.paths import CONFIG
from tests.telephony.sms.gatewaybench import News, secret

Write = Callable[[str], Path]

KEY = "cle-tres-secrete"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    secret(tmp_path, KEY, "cle")
    secret(tmp_path, "jeton-pour-les-essais-0123456789", "jeton")

    def written(text: str) -> Path:
        file = tmp_path / "sms.yml"
        file.write_text(dedent(text).replace("DOSSIER", str(tmp_path)), "utf-8")
        return file

    return written


WHOLE = """\
passerelles:
  - nom: modem
    type: gammu
  - nom: kannel
    type: kannel
    utilisateur: callbot
    mot_de_passe_fichier: DOSSIER/cle
    retours:
      port: 13080
      jeton:
        fichier: DOSSIER/jeton
  - nom: operateur
    type: smpp
    hote: smpp.operateur.example
    tls: true
    utilisateur: mairie
    mot_de_passe_fichier: DOSSIER/cle
    textes_longs: un_seul
    identifiants: hexadecimaux
    expediteur: "+33612345678"
  - nom: prestataire
    type: https
    url: https://api.prestataire.example/v1/sms
    entetes:
      Authorization: Bearer {secret}
    corps:
      to: "{numero}"
      text: "{texte}"
    secrets:
      secret:
        fichier: DOSSIER/cle
    recherche:
      url: https://api.prestataire.example/v1/sms/{id}
      identifiant: id
    retours:
      port: 13081
      jeton:
        fichier: DOSSIER/jeton
      id: reference
      etat: status
      etats:
        delivre: ["delivered"]
        echec: ["failed", "rejected"]
expediteur: MAIRIE
limites:
  par_appel: 2
  par_numero_et_jour: 4
  par_heure: 50
  par_jour: 200
  par_seconde: 2.5
  a_la_fois: 3
essais:
  attentes: [5, 60]
  validite_heures: 12
  doute: 600
liens_autorises: [www.ville.example, Demarches.Ville.example]
pays: [FR, be]
"""


def test_the_file_as_delivered_sends_nothing() -> None:
    settings = load_sms_settings(CONFIG / "sms.yml")
    assert settings.gateways == ()
    assert settings.rules == OutboxRules()
    assert settings.countries == ("FR",)
    assert check_sms_settings(CONFIG / "sms.yml") == []


def test_every_example_of_the_delivered_file_is_valid(write: Write) -> None:
    text = (CONFIG / "sms.yml").read_text("utf-8")
    start = text.index("passerelles: []")
    end = text.index("# Le nom que voit")
    examples = text[start:end].replace("passerelles: []", "passerelles:")
    opened = re.sub(r"^#", "", examples, flags=re.MULTILINE)
    opened = re.sub(r"/etc/callbot/\S+\.jeton", "DOSSIER/jeton", opened)
    opened = re.sub(r"/etc/callbot/\S+", "DOSSIER/cle", opened)
    settings = load_sms_settings(write(opened))
    assert [type(one) for one in settings.gateways] == [
        GammuSettings,
        KannelSettings,
        SmppSettings,
        HttpsSettings,
    ]


def test_every_example_of_the_manual_is_valid(write: Write) -> None:
    manual = (CONFIG.parent / "docs" / "sms.md").read_text("utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", manual, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 7
    for example in examples:
        text = re.sub(r"/etc/callbot/\S+\.jeton", "DOSSIER/jeton", example)
        text = re.sub(r"/etc/callbot/\S+", "DOSSIER/cle", text)
        file = write(text)
        assert [p for p in check_sms_settings(file) if p.severity == "erreur"] == [], example
        assert len(load_sms_settings(file).gateways) == 1


def test_a_missing_file_sends_nothing(tmp_path: Path) -> None:
    assert load_sms_settings(tmp_path / "sms.yml") == SmsSettings()
    assert check_sms_settings(tmp_path / "sms.yml") == []


def test_everything_is_taken_over(write: Write) -> None:
    settings = load_sms_settings(write(WHOLE))
    assert settings.rules == OutboxRules(
        per_call=2,
        per_number_day=4,
        per_hour=50,
        per_day=200,
        retry_delays_s=(5.0, 60.0),
        lifetime_s=12 * 3600.0,
        pace_per_s=2.5,
        in_flight=3,
        doubt_s=600.0,
    )
    assert settings.sender == "MAIRIE"
    assert settings.allowed_links == {"www.ville.example", "demarches.ville.example"}
    assert settings.countries == ("FR", "BE")
    modem, kannel, operator, provider = settings.gateways
    assert isinstance(modem, GammuSettings)
    assert modem.outbox == Path("/var/spool/gammu/outbox")
    assert isinstance(kannel, KannelSettings)
    assert (kannel.port, kannel.sender, kannel.password.read()) == (13080, "MAIRIE", KEY)
    assert isinstance(operator, SmppSettings)
    assert (operator.long_texts, operator.identifiers) == ("payload", "hexadecimal")
    assert (operator.sender, operator.link.tls) == ("+33612345678", True)
    assert isinstance(provider, HttpsSettings)
    assert provider.webhook is not None
    assert provider.webhook.states["rejected"] == "failed"
    assert provider.lookup is not None
    assert provider.lookup.headers == provider.headers
    assert KEY not in repr(settings)


async def test_gateways_are_made_in_their_order(write: Write) -> None:
    news = News()
    gateways = make_gateways(load_sms_settings(write(WHOLE)), news.report, news.arrived)
    assert [type(one) for one in gateways] == [
        GammuGateway,
        KannelGateway,
        SmppGateway,
        HttpsGateway,
    ]
    assert [one.name for one in gateways] == ["modem", "kannel", "operateur", "prestataire"]
    assert [one.reports for one in gateways] == [False, True, True, True]
    assert make_gateways(SmsSettings(), news.report, news.arrived) == ()
    for one in gateways:
        await one.close()


def test_a_secret_in_a_variable_may_be_empty_where_the_file_is_checked(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMS_CLE", raising=False)
    file = write(
        WHOLE.replace("mot_de_passe_fichier: DOSSIER/cle", "mot_de_passe_variable: SMS_CLE")
    )
    load_sms_settings(file)
    problems = check_sms_settings(file)
    assert {(p.severity, "SMS_CLE est vide" in p.message) for p in problems} == {
        ("attention", True)
    }
    monkeypatch.setenv("SMS_CLE", "x")
    assert check_sms_settings(file) == []


def mistake(write: Write, text: str) -> list[str]:
    """Return the problems as people read them, without the folder."""
    file = write(text)
    problems = check_sms_settings(file)
    if any(problem.severity == "erreur" for problem in problems):
        with pytest.raises(ConfigError):
            load_sms_settings(file)
    return [str(problem).removeprefix(f"{file}, ") for problem in problems]


KANNEL = """\
passerelles:
  - nom: kannel
    type: kannel
    utilisateur: callbot
    {}
"""
HTTPS = """\
passerelles:
  - nom: prestataire
    type: https
    url: {url}
    {more}
"""
BODY = 'corps: {to: "{numero}", text: "{texte}"}'


def kannel(line: str) -> str:
    return KANNEL.format(line)


def provider(more: str = BODY, url: str = "https://api.example/sms") -> str:
    return HTTPS.format(url=url, more=indent(dedent(more), "    ").strip())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("passerelle: []\n", 1, "« passerelle » est inconnue. Vouliez-vous « passerelles »"),
        ("passerelles: [{nom: a}]\n", 1, "au moins un « type »"),
        ("passerelles: [abc]\n", 1, "au moins un « type »"),
        ("passerelles: [{type: kanel, nom: a}]\n", 1, "Vouliez-vous « kannel »"),
        ("passerelles: [{type: 5, nom: a}]\n", 1, "Types possibles"),
        (kannel("mot_de_passe: abc"), 5, "Mettez « mot_de_passe_fichier »"),
        (kannel("password: abc"), 5, "ne s'écrit pas dans ce fichier"),
        (kannel("utilisateurs: abc"), 5, "Vouliez-vous « utilisateur »"),
        (kannel("delai: 15"), 2, "« mot_de_passe_variable » ou « mot_de_passe_fichier »"),
        (kannel("mot_de_passe_fichier: cle"), 5, "chemin entier"),
        (kannel("mot_de_passe_fichier: /absent/cle"), 5, "n'existe pas"),
        (kannel("mot_de_passe_fichier: DOSSIER/cle\n    delai: 0"), 6, "trop petit"),
        (
            kannel("mot_de_passe_fichier: DOSSIER/cle\n    url: http://192.0.2.1/"),
            6,
            "commence par https://",
        ),
        (
            kannel("mot_de_passe_fichier: DOSSIER/cle\n    expediteur: Mairie de Ville"),
            6,
            "onze lettres",
        ),
        (
            kannel(
                "mot_de_passe_fichier: DOSSIER/cle\n"
                "    retours: {port: 13080, jeton: {fichier: DOSSIER/cle}}"
            ),
            6,
            "au moins 24",
        ),
        (
            kannel("mot_de_passe_fichier: DOSSIER/cle\n    retours: {port: 13080, jeton: abc}"),
            6,
            "Mettez « fichier: /chemin »",
        ),
        (
            "passerelles: [{nom: m, type: gammu, sortants: /a, envoyes: /a}]\n",
            1,
            "quatre dossiers différents",
        ),
        ("passerelles: [{nom: m, type: gammu}, {nom: m, type: gammu}]\n", 1, "deux passerelles"),
        (provider(url="http://api.example/sms"), 4, "commence par https://"),
        (provider(url="https://u:p@api.example/sms"), 4, "sans nom ni mot de passe"),
        (provider(url="https://{numero}.example/sms"), 4, "accolades"),
        (provider('corps: {to: "{numero}"}'), 2, "{texte} n'est ni dans"),
        (provider('corps: {to: "{numro}", text: "{texte}"}'), 2, "Vouliez-vous « numero »"),
        (provider(BODY + "\nentetes: {X: '{texte}'}"), 2, "{texte} dans « entetes »"),
        (provider(BODY + "\nentetes: {Authorization: Bearer abc}"), 6, "Déclarez-le"),
        (provider('corps: {to: "{numero}", text: "{texte}", token: abc}'), 5, "Déclarez-le"),
        (provider(BODY + "\nsecrets: {secret: abc}"), 6, "ne s'écrit pas dans ce fichier"),
        (
            provider(
                BODY + "\nsecrets: {cle: {fichier: DOSSIER/cle}}",
                url="https://api.example/{cle}",
            ),
            2,
            "un secret va dans « entetes »",
        ),
        (provider(BODY + "\nsecrets: {texte: {fichier: DOSSIER/cle}}"), 2, "s'appeler"),
        (provider(BODY + "\nmethode: GET"), 2, "une requête GET n'a pas de « corps »"),
        (
            provider('format: formulaire\ncorps: {to: ["{numero}"], text: "{texte}"}'),
            2,
            "dans un formulaire",
        ),
        (provider(BODY + "\nsignature: ovh"), 2, "la signature d'OVH demande"),
        (provider(BODY + "\nreponse: {refus: [402], reessai: [402]}"), 6, "un même code"),
        (
            provider(BODY + "\nretours: {port: 13080, jeton: {fichier: DOSSIER/jeton}, etat: s}"),
            6,
            "« id » ou « identifiant »",
        ),
        ("limites: {par_apel: 3}\n", 1, "Vouliez-vous « par_appel »"),
        ("limites: {par_appel: 0}\n", 1, "trop petit"),
        ("limites: {par_heure: 50, par_jour: 10}\n", 1, "plus petit que « par_heure »"),
        ("essais: {attentes: []}\n", 1, "pas assez d'éléments"),
        ("essais: {attentes: [0]}\n", 1, "trop petit"),
        ("liens_autorises: ['https://ville.example']\n", 1, "sans https://"),
        ("liens_autorises: ['ville']\n", 1, "nom de site"),
        ("pays: [France]\n", 1, "code de pays"),
        ("pays: []\n", 1, "pas assez"),
        ("expediteur: Mairie de la Ville\n", 1, "onze lettres"),
        ("passerelles: [\n", 2, "YAML"),
    ],
)
def test_mistakes_name_line_and_mend(write: Write, text: str, line: int, words: str) -> None:
    problems = mistake(write, text)
    assert any(f"ligne {line}," in problem and words in problem for problem in problems), problems
    assert not any(word in problem for problem in problems for word in ("abc", KEY))


def test_two_listeners_cannot_share_a_port(write: Write) -> None:
    problems = mistake(write, WHOLE.replace("13081", "13080"))
    assert [("le port 13080 sert déjà" in problem) for problem in problems] == [True]


def test_a_clear_text_operator_is_warned_about_not_refused(write: Write) -> None:
    file = write(WHOLE.replace("    tls: true\n", ""))
    (problem,) = check_sms_settings(file)
    assert (problem.severity, "en clair" in problem.message) == ("attention", True)
    assert len(load_sms_settings(file).gateways) == 4


def test_a_password_file_open_to_others_is_refused(write: Write, tmp_path: Path) -> None:
    (tmp_path / "cle").chmod(0o644)
    problems = mistake(write, WHOLE)
    assert len(problems) == 3
    assert all("chmod 600" in problem for problem in problems)


def test_no_setting_shows_a_secret_by_its_fields(write: Write) -> None:
    for one in load_sms_settings(write(WHOLE)).gateways:
        assert not any(KEY in str(getattr(one, each.name)) for each in fields(one))
