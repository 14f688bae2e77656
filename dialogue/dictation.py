"""Words that arrive in parts: cut short and gone on with, keyed and said in turn."""

from __future__ import annotations

from common.frenchnumbers import digits_of
from dialogue.keypad import RESTART, KeyPad
from dialogue.listening import UserTurn


class Dictation:
    """Joins the words and keys of one turn. Instants are seconds of the event loop's clock."""

    def __init__(self) -> None:
        self._pad = KeyPad()
        self._carried = ""

    @property
    def deadline(self) -> float | None:
        """When :meth:`paused` has something to say; None when nothing was keyed."""
        return self._pad.deadline

    def carry(self, words: str) -> None:
        """Keep the words of a turn that the caller goes on with, before it was answered."""
        self._carried = words

    def press(self, key: str, at: float, before: str) -> str | None:
        """Take one key and return what was keyed once it is complete, else None.

        ``before`` holds the digits of earlier turns (see :meth:`KeyPad.press`).
        """
        return self._pad.press(key, at, before + digits_of(self._carried))

    def paused(self, now: float) -> str | None:
        """Return what was keyed when the caller has stopped keying (:meth:`KeyPad.paused`)."""
        return self._pad.paused(now)

    def forget_keys(self) -> None:
        """Something else is being said: keys pressed so far do not count."""
        self._pad.take()

    def keyed(self, keys: str) -> str:
        """Return the words of a turn that ends with these keys."""
        text = self._joined(keys)
        return keys if keys == RESTART else text

    def said(self, turn: UserTurn) -> str | None:
        """Return the words of a turn with all that came before; None while more is awaited."""
        words = turn.heard.text
        if self._pad.began_at is not None:
            if not words:  # the tones of the keys themselves
                return None
            if turn.speech_end < self._pad.began_at:
                self._carried = f"{self._carried} {words}".strip()
                return None
            words = f"{self._pad.take()} {words}" if digits_of(words) else words
        return self._joined(words)

    def _joined(self, words: str) -> str:
        carried, self._carried = self._carried, ""
        return f"{carried} {words}".strip()
