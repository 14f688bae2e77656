"""A telephone number out of French speech: « alors c'est le zéro six, douze, trente-quatre… ».

Numbers are said in pairs, digit by digit or both, with hesitations and corrections, and the
recogniser writes them as words, as digits or both. Some words can be read in two ways: « soixante
dix-huit » is 78, or 60 and then 18. A hyphen binds, a comma parts; between words that are merely
one space apart the reading that makes ten digits wins.

What is found here is only what was said. Whether it is a number that may be called is for
:func:`common.frenchnumbers.french_number` to say, and for the caller to confirm.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

FULL: Final = 10
"""Digits of a French number as it is dialled in France."""

_MAX_ATOMS = 60
_MAX_DIGITS = 24
_SPLIT_COST = 10
_MERGE_COST = 5
_NEVER = 1000
"""A cost that reaching ten digits does not justify."""

_TOKEN = re.compile(r"([^a-z0-9+]*)([0-9]+|[a-z]+|\+)")
_PAUSE = re.compile(r"[,;:.!?…/]")
_SWALLOWED = re.compile(r"0[1-79][0-9]")
"""« zéro un, seize » written "016": the end of one number and the beginning of the next are one."""
_UNITS: Final = ("zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")
_TEENS: Final = ("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize")
_TENS: Final = {
    "vingt": 2, "trente": 3, "quarante": 4, "cinquante": 5, "soixante": 6,
    "septante": 7, "huitante": 8, "octante": 8, "nonante": 9,
}  # fmt: skip
_SAME: Final = {
    "une": "un", "zeros": "zero", "vingts": "vingt", "vint": "vingt", "quatres": "quatre",
    "huits": "huit", "septs": "sept", "trent": "trente", "cents": "cent",
}  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALIKE: Final = {
    "de": "2", "en": "1", "hein": "1", "set": "7", "cet": "7", "cette": "7", "cis": "6", "si": "6",
    "neuve": "9", "naf": "9", "vin": "20", "vain": "20", "cat": "4", "quart": "4",
}  # fmt: skip
"""Words that a number is taken for, where they stand between two figures."""
_REPEATS: Final = {"double": 2, "triple": 3}
_FILLERS: Final = _words(
    "euh heu hum hmm hein ben bah bon alors donc puis ensuite apres voila c ce est le la l "
    "virgule point tiret espace oui ouais ah oh hop attendez attends voyons et"
)
_CORRECTIONS: Final = _words(
    "non pardon erreur plutot trompe trompee rectifie corrige recommence excusez"
)
_COUNTED: Final = _words(
    "h heure heures minute minutes jour jours semaine semaines mois an ans euro euros rue avenue "
    "boulevard place allee impasse chemin route etage fois enfant enfants personne personnes "
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
)
"""Words after which a figure was no part of a telephone number."""

_Kind: TypeAlias = Literal["atom", "filler", "correction", "other"]
_Link: TypeAlias = Literal["start", "next", "correction"]


@dataclass(frozen=True)
class HeardNumber:
    """The digits that were said: a whole number, or a part of one to be completed."""

    digits: str
    """Ten of them when whole; a foreign number begins with 00 and may have any length."""
    complete: bool


def heard_number(text: str, before: str = "") -> HeardNumber | None:
    """Return the number in what was recognised, or None when there is none.

    ``before``: the digits of an earlier, incomplete answer. The text may complete them, repeat
    their end or say everything anew. Of several whole numbers the last one counts.
    """
    runs = list(_runs(text))
    known = _Reading((before,), 0) if before else None
    found = known
    for run in runs:
        found = _next(found, run)
    if found is None or found is known:
        return None
    return _heard(found.digits)


def digits_of(text: str) -> str:
    """Return the digits of the number, or part of one, in ``text``; '' when there is none."""
    heard = heard_number(text)
    return heard.digits if heard is not None else ""


@dataclass(frozen=True)
class _Atom:
    """One figure, or one number word; ``word`` is empty for figures."""

    digits: str
    word: str
    bound: bool
    """A hyphen ties it to the atom before."""
    parted: bool
    """A comma or the like keeps it from the atom before."""
    doubtful: bool = False
    """Another word was recognised, which sounds like it."""


@dataclass(frozen=True)
class _Reading:
    """One way to understand a run, in the groups that were said."""

    groups: tuple[str, ...]
    cost: int

    @property
    def digits(self) -> str:
        return "".join(self.groups)

    def and_then(self, other: _Reading) -> _Reading:
        return _Reading(self.groups + other.groups, self.cost + other.cost)


@dataclass(frozen=True)
class _Run:
    """Atoms with nothing but hesitation between them."""

    atoms: tuple[_Atom, ...]
    link: _Link
    plus: bool = False


def _words_of() -> Mapping[tuple[str, ...], str]:
    """Every way to say 0 to 99, and 00 to 09, with the digits it stands for."""
    units: dict[tuple[str, ...], int] = {(word,): n for n, word in enumerate(_UNITS)}
    low: dict[tuple[str, ...], int] = {(word,): 10 + n for n, word in enumerate(_TEENS)}
    low |= {("dix", _UNITS[number]): 10 + number for number in (7, 8, 9)}
    found = {words: str(number) for words, number in units.items()}
    found |= {("zero", *words): f"0{number}" for words, number in units.items()}
    found |= {words: str(number) for words, number in low.items()}
    for tens, value in _TENS.items():
        found[(tens,)] = f"{value}0"
        for words, number in list(units.items())[1:]:
            found[(tens, *words)] = f"{value}{number}"
        found[(tens, "et", "un")] = f"{value}1"
    found[("quatre", "vingt")] = "80"
    for words, number in (*list(units.items())[1:], *low.items()):
        found[("quatre", "vingt", *words)] = str(80 + number)
    for words, number in low.items():
        found[("soixante", *words)] = str(60 + number)
    found[("soixante", "et", "onze")] = "71"
    found[("quatre", "vingt", "et", "un")] = "81"
    return found


_WORDS: Final = _words_of()
_AS_WORDS: Final = {
    digits: words for words, digits in _WORDS.items() if len(words) == 1 or words[0] == "dix"
}
_LONGEST: Final = max(len(words) for words in _WORDS)
_VOCABULARY: Final = frozenset(word for words in _WORDS for word in words) - {"et"}


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _runs(text: str) -> Iterator[_Run]:
    """Yield the runs of figures and number words, in order."""
    tokens = [(match[1], _SAME.get(match[2], match[2])) for match in _TOKEN.finditer(_plain(text))]
    atoms: list[_Atom] = []
    link: _Link = "start"
    plus = False
    for index, (gap, word) in enumerate(tokens):
        following = tokens[index + 1][1] if index + 1 < len(tokens) else ""
        kind = _kind(word, following, atoms)
        if atoms and word in _ALIKE and _is_atom(following):
            atoms.append(_Atom(_ALIKE[word], "", False, False, doubtful=True))
        elif kind == "atom":
            repeat = _REPEATS.get(tokens[index - 1][1], 1) if index else 1
            atoms += [_atom(gap, word)] * (repeat if word in _UNITS else 1)
        elif kind == "filler":
            continue
        else:
            if atoms and word not in _COUNTED and not _is_article(atoms, word):
                yield _Run(tuple(atoms[:_MAX_ATOMS]), link, plus)
                link = "next"
            atoms = []
            link = "correction" if kind == "correction" else link
            plus = word in ("plus", "+") and _is_atom(following)
    if atoms:
        yield _Run(tuple(atoms[:_MAX_ATOMS]), link, plus)


def _kind(word: str, following: str, atoms: Sequence[_Atom]) -> _Kind:
    if word == "et":
        tied = atoms and (atoms[-1].word, "et", following) in _WORDS
        return "atom" if tied else "filler"
    if _is_atom(word):
        return "atom"
    if word in _FILLERS or (word in _REPEATS and following in _UNITS):
        return "filler"
    return "correction" if word in _CORRECTIONS else "other"


def _is_atom(word: str) -> bool:
    return word.isdecimal() or word in _VOCABULARY


def _is_article(atoms: Sequence[_Atom], following: str) -> bool:
    """True for the "un" of "un autre numéro"."""
    return len(atoms) == 1 and atoms[0].word == "un" and following not in _CORRECTIONS


def _atom(gap: str, word: str) -> _Atom:
    parted = bool(_PAUSE.search(gap))
    if word.isdecimal():
        return _Atom(word, "", False, parted)
    return _Atom("", word, gap in ("-", "\u2010", "\u2011"), parted)


def _readings(atoms: Sequence[_Atom]) -> Mapping[int, _Reading]:
    """Return the best reading of each length in digits."""
    best: list[dict[int, _Reading]] = [{} for _ in range(len(atoms) + 1)]
    best[0][0] = _Reading((), 0)
    for start in range(len(atoms)):
        parting = _parting_cost(atoms, start)
        for end, group in _groups(atoms, start):
            for reading in best[start].values():
                grown = reading.and_then(group)
                if parting:
                    pair = min(len(group.digits), len(reading.groups[-1])) == 2
                    grown = replace(grown, cost=grown.cost + (parting if pair else _NEVER))
                _keep(best[end], grown)
    return best[-1]


def _keep(best: dict[int, _Reading], reading: _Reading) -> None:
    length = len(reading.digits)
    if length <= _MAX_DIGITS and (length not in best or _rank(reading) < _rank(best[length])):
        best[length] = reading


def _rank(reading: _Reading) -> tuple[int, int]:
    return reading.cost, len(reading.groups)


def _groups(atoms: Sequence[_Atom], start: int) -> Iterator[tuple[int, _Reading]]:
    """Yield the ends of what may be said in one go from ``start`` on, and its digits."""
    first = atoms[start]
    if first.doubtful:
        yield start + 1, _Reading((), 0)
    if not first.word:
        yield start + 1, _Reading((first.digits,), _MERGE_COST if first.doubtful else 0)
    if _SWALLOWED.fullmatch(first.digits):
        yield start + 1, _Reading((first.digits[:2], first.digits[1:]), _SPLIT_COST)
    if first.word == "et":
        yield start + 1, _Reading((), 0)
    for end in range(start + 1, min(start + _LONGEST, len(atoms)) + 1):
        digits = _said(atoms[start:end])
        if digits is not None:
            yield end, _Reading((digits,), 0)
        merged = _merged(atoms[start:end])
        if merged is not None:
            # « soixante 17 » is one number: whoever says two of them is written "60 17".
            one = first.word and not any(atom.parted for atom in atoms[start + 1 : end])
            yield end, _Reading((merged,), 0 if one else _MERGE_COST)


def _merged(atoms: Sequence[_Atom]) -> str | None:
    """Return 92 for figures that were one number: « quatre-vingt-douze » heard as "4 20 12"."""
    figures = [atom for atom in atoms if not atom.word]
    if len(atoms) == 1 or not figures or any(atom.doubtful for atom in figures):
        return None
    words = [(atom.word,) if atom.word else _AS_WORDS.get(atom.digits) for atom in atoms]
    if not all(words) or words[0] == ("zero",):
        return None
    return _WORDS.get(tuple(word for known in words if known for word in known))


def _said(atoms: Sequence[_Atom]) -> str | None:
    if any(atom.parted for atom in atoms[1:]):
        return None
    return _WORDS.get(tuple(atom.word for atom in atoms))


def _parting_cost(atoms: Sequence[_Atom], at: int) -> int:
    """What it costs to part the atoms before ``at`` from those after, though they go together."""
    for start in range(max(0, at - _LONGEST + 1), at):
        if atoms[start].word == "zero":
            continue
        for end in range(at + 1, min(start + _LONGEST, len(atoms)) + 1):
            if _said(atoms[start:end]) is not None:
                return _NEVER if atoms[at].bound else _SPLIT_COST
    return 0


def _next(found: _Reading | None, run: _Run) -> _Reading | None:
    """Return what is understood once ``run`` was said after ``found``."""
    readings = list(_readings(run.atoms).values())
    if not readings:
        return found
    if run.plus:
        readings = [replace(reading, groups=("00", *reading.groups)) for reading in readings]
    natural = min(readings, key=_rank)
    alone = _whole(readings) or _window(natural)
    if alone is not None or found is None:
        return alone or natural
    if run.link == "correction":
        return _corrected(found, readings)
    if _is_whole(found.digits):
        return found
    return _continued(found, readings)


def _corrected(found: _Reading, readings: Sequence[_Reading]) -> _Reading:
    """Put a correction in the place of what was said last."""
    natural = min(readings, key=_rank)
    last = len(found.groups[-1]) if len(found.groups[-1]) <= 2 else 2
    fitting = _whole(
        [
            _Reading((found.digits[:-drop],), 0).and_then(reading)
            for reading in readings
            for drop in (last, len(reading.digits))
        ]
    )
    if fitting is not None or natural.digits.startswith("0"):
        return fitting or natural
    return _Reading((found.digits[:-last],), 0).and_then(natural)


def _continued(found: _Reading, readings: Sequence[_Reading]) -> _Reading:
    """Add what comes next, unless it repeats the end or begins anew."""
    natural = min(readings, key=_rank)
    if found.digits.startswith("0") and natural.digits.startswith(found.digits):
        return natural
    joined = [found.and_then(reading) for reading in readings]
    fitting = _whole(joined) or _whole(list(_overlapping(found, readings)))
    if fitting is not None:
        return fitting
    if natural.digits.startswith("0") and len(natural.digits) > 1:
        return natural
    longer = found.and_then(natural)
    return longer if len(longer.digits) < FULL or found.digits.startswith("00") else natural


def _overlapping(found: _Reading, readings: Sequence[_Reading]) -> Iterator[_Reading]:
    for reading in readings:
        shared = len(found.digits) + len(reading.digits) - FULL
        if shared >= 2 and found.digits.endswith(reading.digits[:shared]):
            yield _Reading((found.digits, reading.digits[shared:]), reading.cost)


def _whole(readings: Sequence[_Reading]) -> _Reading | None:
    """Return the likeliest reading that is a whole number."""
    likely = min(_rank(reading) for reading in readings) if readings else (0, 0)
    whole = [
        reading
        for reading in readings
        if _is_whole(reading.digits) and (reading.cost < _NEVER or _rank(reading) == likely)
    ]
    return min(whole, key=_rank, default=None)


def _window(reading: _Reading) -> _Reading | None:
    """Return the last whole number in a reading that has more digits than one."""
    for last in range(len(reading.groups), 0, -1):
        for first in range(last - 1, -1, -1):
            groups = reading.groups[first:last]
            if sum(map(len, groups)) >= FULL:
                if _is_whole("".join(groups)):
                    return _Reading(groups, reading.cost)
                break
    return None


def _national(digits: str) -> str:
    """Return a number with the French country code as it is dialled in France."""
    for prefix in ("0033", "33"):
        rest = digits.removeprefix(prefix).removeprefix("0")
        if digits.startswith(prefix) and (prefix == "0033" or len(rest) == FULL - 1):
            return f"0{rest}"
    return digits


def _is_whole(digits: str) -> bool:
    digits = _national(digits)
    return len(digits) == FULL and digits[0] == "0" and digits[1] != "0"


def _heard(digits: str) -> HeardNumber:
    digits = _national(digits)
    if len(digits) == FULL - 1 and digits[0] != "0":
        # The first word is easily lost: six, douze, trente-quatre…
        digits = f"0{digits}"
    foreign = digits.startswith("00") and len(digits) >= FULL
    return HeardNumber(digits, foreign or _is_whole(digits))
