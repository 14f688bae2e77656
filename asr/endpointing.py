"""When the caller's turn is over: how long to wait after the last word.

Pure: knows nothing of clocks. The dialogue asks with what it has (the kind of answer it expects,
the partial transcript if there is one already) and gets a wait in seconds after ``speech_end``; it
may ask again when the transcript arrives.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from asr.endings import Endings
from common.dictatednumbers import HeardNumber, heard_number
from common.french import fold

OPEN = "libre"
YES_NO = "oui_non"
NUMBER = "numero"
STREET = "rue"
DAY = "jour"
"""Expectations with a wait of their own; any other word counts as OPEN."""


@dataclass(frozen=True)
class EndOfTurnSettings:
    """Waits after the last voiced frame, in seconds."""

    base_s: float = 0.5
    answer_s: float = 0.3
    """A yes or a no where that was asked for."""
    complete_s: float = 0.4
    greeting_s: float = 1.2
    """Who only greets says next what they want."""
    inside_s: float = 1.4
    """The longest, after words that hardly ever end a request."""
    hesitation_s: float = 1.4
    number_s: float = 1.5
    number_partial_s: float = 2.4
    """People dictate in pairs, and look at a piece of paper in between."""
    number_complete_s: float = 0.7
    short_voiced_s: float = 0.25
    """With less voice than this and no text, the caller may only be drawing breath."""
    breath_s: float = 0.8
    unheard_s: float = 1.4
    """Nothing was understood: there is nothing to be answered in a hurry."""
    longest_s: float = 2.5
    ends_more: float = 17.0
    """How many times likelier a request ends where somebody pauses than after any one word."""
    shortest_pause_s: float = 0.3
    """Below this nobody has been waited for in vain."""
    pauses_s: float = 0.4
    """How much longer than the shortest one a pause inside a sentence is in the mean."""
    too_soon_s: float = 2.5
    """Who is answered too soon is heard as a whole after all: as bad as so long a wait."""


_DICTATED = 2
"""Digits that make a number, beginning with 0, of what nobody has asked for."""
_PAIR = 2
_WORD = re.compile(r"[^\W_]+")
_WHEN = re.compile(r"\bqu['’]un(?=\W*$)", re.IGNORECASE)
"""« vous passez quand ? », as it is often misheard: nobody falls silent after « qu'un »."""

_COMPLETE = frozenset(
    fold("oui ouais ok voila merci non si bonjour bonsoir allo exactement parfait stop").split()
)

_GREETINGS = frozenset(fold("bonjour bonsoir allo salut").split())
_ADDRESSED = _GREETINGS | frozenset(fold("oui madame monsieur messieurs dames").split())

_ARTICLES = frozenset(
    _WORD.findall("le les l une des du de d au aux mon ma mes son sa ses nos vos leurs ce cet ces")
)
"""Nothing ends with them, whatever mark Whisper sets behind. Not "la", "un": misheard "là", "quand"
end questions."""

_HANGING = frozenset(
    # Accents matter here: "ou" goes on, "où" ends a question, as do "la" and "là", "a" and "à".
    _WORD.findall(
        """
        euh heu eux hum hm mm ben bah alors donc et ou mais car puis enfin
        le la les l un une des d du de au aux à dans sur sous par avec sans chez vers entre pour
        depuis pendant jusque jusqu que qu quelle quels quelles dont lorsque parce puisque
        mon ma mes ton ta tes son sa ses notre nos votre leur leurs ce cet cette ces
        je j tu ne n me m te t se s c suis êtes voudrais veux souhaite souhaiterais aimerais
        voulais cherche cherchais numéro très genre
        """
    )
)

_HANGING_PHRASES = (
    "parce que",
    "est ce que",
    "c est pour",
    "c est a dire",
    "je sais plus",
    "attendez",
    "ecoutez",
    "une seconde",
    "un instant",
    "comment dire",
    "qu est ce que",
    "il faut que",
    "j ai besoin",
    "c est quoi",
)
_COMPLETE_PHRASES = (
    "quelqu un",
    "c est quoi",
    "c est tout",
    "y aller",
    "y acceder",
    "y entrer",
    "comment faire",
    "comment on fait",
    "s il vous plait",
    "merci beaucoup",
    "je vous remercie",
    "au revoir",
    "bonne journee",
)


class EndOfTurn:
    """The end-of-turn policy of one town."""

    def __init__(
        self, settings: EndOfTurnSettings | None = None, endings: Endings | None = None
    ) -> None:
        """Without ``endings`` every sentence is waited for in the same way."""
        self._settings = settings or EndOfTurnSettings()
        self._endings = endings

    @property
    def settings(self) -> EndOfTurnSettings:
        """The waits it chooses from."""
        return self._settings

    def wait_s(self, expectation: str, text: str | None, voiced_s: float) -> float:
        """Return how long after ``speech_end`` the turn is taken, in seconds.

        Args:
            expectation: what the open question asks for (:data:`OPEN`, :data:`YES_NO`,
                :data:`NUMBER`, :data:`STREET`, :data:`DAY`).
            text: the partial transcript, None while recognition is still running. An empty
                text means that recognition heard no words.
            voiced_s: voiced duration of the utterance so far, in seconds.
        """
        s = self._settings
        text = None if text is None else _WHEN.sub("quand", text)
        number = _dictated(text or "", expectation)
        if number is not None:
            wait = self._number_s(number)
        elif text is None or (expectation == NUMBER and not text.strip()):
            wait = s.number_s if expectation == NUMBER else s.base_s
        elif not text.strip():
            wait = s.breath_s if voiced_s < s.short_voiced_s else s.unheard_s
        elif reads_unfinished(text):
            wait = s.hesitation_s
        elif only_greets(text):
            wait = s.greeting_s
        elif reads_complete(text, expectation):
            wait = s.answer_s if expectation == YES_NO else s.complete_s
        else:
            wait = self._sentence_s(expectation, text)
        return min(wait, s.longest_s)

    def _number_s(self, number: HeardNumber) -> float:
        s = self._settings
        if not number.complete:
            return s.number_partial_s
        last, before = number.digits[-_PAIR:], number.digits[-2 * _PAIR : -_PAIR]
        # Recognition likes to repeat the last pair of a part.
        return s.number_s if last == before else s.number_complete_s

    def _sentence_s(self, expectation: str, text: str) -> float:
        s = self._settings
        if expectation == NUMBER:  # figures are misheard as words
            return s.number_s
        if self._endings is None or expectation in (YES_NO, STREET, DAY):
            return s.base_s
        return self._priced_s(self._endings.likely(text))

    def _priced_s(self, likely: float) -> float:
        """Return when waiting on costs whoever has ended more than it spares whoever goes on.

        After a pause of t, the share of those who go on falls by a factor of e in ``pauses_s``.
        """
        s = self._settings
        if likely <= 0.0:
            return s.inside_s
        goes_on = (1 - likely) / (likely * s.ends_more)
        gain = goes_on * s.too_soon_s / s.pauses_s
        wait = s.shortest_pause_s + s.pauses_s * math.log(max(gain, 1e-9))
        return min(max(wait, s.complete_s), s.inside_s)


def _dictated(text: str, expectation: str) -> HeardNumber | None:
    """Return the number, or part of one, that is being dictated."""
    number = heard_number(text)
    if number is None or expectation == NUMBER:
        return number
    by_itself = number.digits.startswith("0") and len(number.digits) >= _DICTATED
    return number if by_itself else None


def reads_unfinished(text: str) -> bool:
    """Whether the text ends as a sentence that goes on: a hesitation, an article, "je voudrais"."""
    if text.rstrip().endswith(("...", "…", "-", ",")):
        return True
    words = _WORD.findall(text.lower())
    tail = fold(text)
    if not words or _ends_with(tail, _COMPLETE_PHRASES):
        return False
    if text.rstrip().endswith("?"):
        return words[-1] in _ARTICLES
    return words[-1] in _HANGING or _ends_with(tail, _HANGING_PHRASES)


def only_greets(text: str) -> bool:
    """Whether the caller has greeted us and said nothing else: what they want comes next."""
    words = frozenset(fold(text).split())
    asks = text.rstrip().endswith("?")
    return not asks and bool(words & _GREETINGS) and words <= _ADDRESSED


def reads_complete(text: str, expectation: str = OPEN) -> bool:
    """Whether nothing more is to be expected: a question asked, a yes or no, a goodbye.

    A full stop is no evidence: Whisper ends whatever it hears with one.
    """
    words = fold(text).split()
    if not words or reads_unfinished(text):
        return False
    tail = " ".join(words)
    if all(word in _COMPLETE for word in words) or tail == "d accord" or words[-1] == "merci":
        return True
    if expectation == NUMBER:  # figures are misheard as whole sentences
        return words[0] == "non" or _ends_with(tail, ("merci beaucoup", "au revoir"))
    if text.rstrip().endswith(("?", "!")) or _ends_with(tail, _COMPLETE_PHRASES):
        return True
    return expectation == YES_NO and words[0] in ("oui", "ouais", "non", "ok", "daccord")


def _ends_with(tail: str, phrases: tuple[str, ...]) -> bool:
    return any(tail == phrase or tail.endswith(f" {phrase}") for phrase in phrases)
