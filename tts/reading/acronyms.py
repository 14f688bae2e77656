"""Acronyms: spelt letter by letter, or said as a word where people do."""

from __future__ import annotations

import re

_LETTERS = {
    "A": "ah",
    "B": "bé",
    "C": "cé",
    "D": "dé",
    "E": "euh",
    "F": "èf",
    "G": "gé",
    "H": "hache",
    "I": "i",
    "J": "ji",
    "K": "ka",
    "L": "èl",
    "M": "èm",
    "N": "èn",
    "O": "o",
    "P": "pé",
    "Q": "ku",
    "R": "èr",
    "S": "èsse",
    "T": "té",
    "U": "u",
    "V": "vé",
    "W": "double-vé",
    "X": "ixe",
    "Y": "igrec",
    "Z": "zède",
}

_WORDS = {
    "ADIL": "adil",
    "AFNOR": "afnor",
    "AGIRC": "agirc",
    "AMAP": "amap",
    "ANAH": "ana",
    "ANCOLS": "ancols",
    "APA": "apa",
    "ARRCO": "arco",
    "ASSEDIC": "assédic",
    "ATSEM": "atsèm",
    "AVS": "ah-vé-èsse",
    "BAFA": "bafa",
    "BASOL": "bazol",
    "CAD": "cade",
    "CADA": "cada",
    "CAF": "caf",
    "CAMSP": "camsp",
    "CAPES": "capès",
    "CARSAT": "carsate",
    "CASNAV": "casnav",
    "CERFA": "cerfa",
    "CNI": "carte d'identité",
    "CNIL": "cnil",
    "COVID": "covid",
    "CREPS": "creps",
    "CROUS": "crousse",
    "DALO": "dalo",
    "DEEE": "dé-trois-euh",
    "DILA": "dila",
    "DOM": "dom",
    "EHPAD": "épade",
    "EPHAD": "épade",
    "ESAT": "ézate",
    "FAQ": "èf-ah-ku",
    "FIFA": "fifa",
    "FINESS": "finesse",
    "GAEC": "gaèc",
    "GIR": "gir",
    "GRETA": "gréta",
    "IBAN": "ibane",
    "INSEE": "inssé",
    "IRM": "i-èr-èm",
    "LED": "lède",
    "LOOM": "loom",
    "MAIF": "maïf",
    "OK": "oké",
    "ONU": "o-èn-u",
    "OPAC": "opac",
    "ORSEC": "orsec",
    "PACS": "paxe",
    "PIN": "pine",
    "PUK": "puk",
    "RAM": "rame",
    "RASED": "rasède",
    "RIB": "rib",
    "SAMU": "samu",
    "SCOT": "scotte",
    "SDIS": "sdiss",
    "SEGPA": "segpa",
    "SIM": "sim",
    "SIREN": "sirène",
    "SIRET": "sirète",
    "SIVOM": "sivom",
    "SIVU": "sivu",
    "SMIC": "smic",
    "SMUR": "smur",
    "SPA": "èsse-pé-ah",
    "ULIS": "ulisse",
    "UNESCO": "unesco",
    "URSSAF": "urssaf",
    "VAE": "vé-ah-euh",
    "ZAC": "zac",
    "ZUP": "zup",
}
"""Exceptions to both rules below: said as written here."""

_SPELT_LIST = """
    AAH AEP AESH AL ALS ALSH ANTS APL APS ARS ASE ASH ASVP BAFD BTS CAP CE CEJ CEL CIO CLAE
    CLSH CMU CPAM CSE CSU CU DDFIP DGFIP DIA DIB DP DPE EDF EMR ENS EPCI EPT ERP
    ESS FAI FCPE FSE FSL GIE GPS IME IMP ITEP JDC MDA MDE MDS MFR MSA OGM OM ONG OPH OPHLM PAI
    PAV PC PCS PDF PEL PMI PMR PPRI PTZ PV RAR REP RER RPE RSA SAS SAU SCI SEL SIG SIAO SMS SNU
    SRU SUV TER TGI TIC TIG TIS TJ TNT TPE TVA UTAS VHU VMC VTC VTT WC ZA ZFE ZI USB
"""
_SPELT = frozenset(_SPELT_LIST.split())
_SAID = frozenset({"SPANC", "CLIC", "DOC", "DAACT"})

_FUNCTION_LIST = "LE LA LES DE DU DES EST ET EN AU AUX UN UNE OU OÙ PAR SUR SE SES NE PAS"
_FUNCTION_WORDS = frozenset(_FUNCTION_LIST.split())

_DOTTED = re.compile(r"(?<![\w.])(?:[A-ZÉ]\.-?){2,}[A-ZÉ]?(?!\w)")
_TOKEN = re.compile(r"(?<![\w])[A-ZÀÂÇÉÈÊËÎÏÔÙÛÜŒ]{2,}(?![a-zà-ÿ])")
_PLUI = re.compile(r"\bPLUi\b")
_WITH_NUMBER = re.compile(r"(?<![\w-])([A-Z]{1,3})(\d{1,5})(?![\w])")
_NUMBER_LETTER = re.compile(r"(?<![\w,.])(\d{1,3})([A-Z])(?!\w)")
_CODE_LETTER = re.compile(r"(?<!\w)([LRD])\.?\s?(?=\d{3})")
_CAPITAL_AFTER_NOUN = re.compile(
    r"\b((?:[Bb]âtiment|[Ee]scalier|[Hh]all|[Ll]ettre|[Cc]atégorie|[Pp]ermis|[Pp]orte|[Zz]one|"
    r"[Ss]alle|[Aa]nnexe|[Ll]igne|[Gg]roupe|[Bb]loc|[Vv]itamine|[Pp]lan|\d{1,4}) )"
    r"([B-Z])(?![\w'’.])"
)
_VOWELS = frozenset("AEIOUYÉÈÊÀÂÎÔÛÙ")
_ONSETS = re.compile(r"(?:[BCDFGPTV][RL]|CH|PH|TH|QU|S[PTCKM]|[BCDFGHJKLMNPRSTVZ])?\Z")
_CODAS = re.compile(r"(?:[BCDFGKLMNPRSTXZ]|R[CDTS]|NS|ND|NT|SS|LS|CT)?\Z")
_SHORTEST_SHOUT = 6


def letters_aloud(letters: str) -> str:
    """Spell: "PLU" is "pé-èl-u"."""
    return "-".join(_LETTERS[letter] for letter in letters if letter in _LETTERS)


def acronym_aloud(acronym: str) -> str:
    """Return how one word of capitals is said."""
    if acronym in _WORDS:
        return _WORDS[acronym]
    if acronym in _SPELT:
        return letters_aloud(acronym)
    if acronym in _SAID or len(acronym) >= _SHORTEST_SHOUT or _sounds_like_a_word(acronym):
        return acronym.lower()
    return letters_aloud(acronym) or acronym.lower()


def read(text: str) -> str:
    """Write out acronyms, dotted ones included, and letters joined to numbers."""
    text = _DOTTED.sub(_undotted, text)
    text = _PLUI.sub("pé-èl-u-i", text)
    text = _WITH_NUMBER.sub(lambda m: f"{letters_aloud(m.group(1))} {m.group(2)}", text)
    text = _NUMBER_LETTER.sub(lambda m: f"{m.group(1)} {letters_aloud(m.group(2))}", text)
    text = _CODE_LETTER.sub(lambda m: letters_aloud(m.group(1)) + " ", text)
    text = _calmed(text)
    text = _TOKEN.sub(lambda match: acronym_aloud(match.group()), text)
    return _CAPITAL_AFTER_NOUN.sub(lambda m: f"{m.group(1)}{letters_aloud(m.group(2))}", text)


def _undotted(match: re.Match[str]) -> str:
    letters = re.sub(r"[^A-ZÉ]", "", match.group())
    at_end = match.group().endswith(".") and match.end() == len(match.string)
    return letters + ("." if at_end else "")


def _calmed(text: str) -> str:
    """Lower a text that is shouted from end to end; known acronyms stay."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    shouted = [word for word in words if word.isupper()]
    if len(shouted) < 3 or len(shouted) * 3 < len(words) * 2:
        return text

    def lowered(match: re.Match[str]) -> str:
        word = match.group()
        if word in _WORDS or word in _SPELT:
            return word
        plain = len(word) >= 5 or word in _FUNCTION_WORDS or _sounds_like_a_word(word)
        return word.lower() if plain else word

    return _TOKEN.sub(lowered, text)


def _sounds_like_a_word(acronym: str) -> bool:
    """True when consonants and vowels alternate as in a French syllable: CAF, SIVOM."""
    if len(acronym) < 3:
        return False
    groups = re.findall(r"[AEIOUYÉÈÊÀÂÎÔÛÙ]+|[^AEIOUYÉÈÊÀÂÎÔÛÙ]+", acronym)
    vowels = [group for group in groups if group[0] in _VOWELS]
    if not vowels or any(len(group) > 2 for group in vowels):
        return False
    first, last = groups[0], groups[-1]
    if first[0] not in _VOWELS and not _ONSETS.match(first):
        return False
    if last[0] not in _VOWELS and not _CODAS.match(last):
        return False
    if len(acronym) == 3:
        return first[0] not in _VOWELS and last[0] not in _VOWELS
    return all(len(group) <= 2 for group in groups)
