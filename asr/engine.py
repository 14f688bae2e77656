"""Whisper on one utterance: cut window, guard, second pass, confidence.

Whisper always looks at 30 s. An utterance of a caller lasts a few; cutting the feature window to a
little more than the utterance keeps the words and saves most of the time. Below about 8 s a model
as it comes loops, hence the lower bound, which is lower where the weights have been corrected, and
the guard: a decoding that looks made up is done again with the full window, and dropped if it still
does.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from asr.audio import Samples, levelled, samples_of
from asr.comparing import Comparison, Tokens
from asr.confidence import WHISPER_BASE, Evidence, Logistic
from asr.dictated import Likelihoods
from asr.frenchmodel import french_model
from asr.guard import GuardSettings, echoes, is_loop, tidy, without_inventions
from asr.languages import FRENCH, LanguageSettings, language_of
from asr.model_files import check_model
from asr.repair import Rival
from asr.silence import SpeechDetector
from common.audio import SAMPLE_RATE

FULL_WINDOW_S = 30.0
_MODEL_TOKENS = 448
_FEWEST_FRAMES = 2
"""Of 10 ms, of an alignment that is not wanted."""
_LEAST = 1e-9
"""A probability that no logarithm minds."""

Rivals: TypeAlias = Callable[[Sequence[str]], Sequence[Rival]]
"""Gives other readings of some hypotheses, of which the first one is what was heard."""
Again: TypeAlias = Callable[[Sequence[str], Likelihoods], str]
"""Returns what was said, given some hypotheses and how likely the model finds other texts."""


@dataclass(frozen=True)
class Window:
    """What the model is shown of an utterance: its sound, and silence after it. In seconds."""

    shortest_s: float = 10.0
    margin_s: float = 2.0

    def of(self, duration_s: float) -> float:
        """Return how long it is for a sound of ``duration_s``."""
        return min(FULL_WINDOW_S, max(self.shortest_s, duration_s + self.margin_s))


@dataclass(frozen=True)
class EngineSettings:
    """How to recognise. Durations in seconds."""

    threads: int = 1
    workers: int = 1
    """Utterances recognised at once."""
    device: str = "auto"
    """'cpu', 'cuda', or 'auto': a graphics card when there is one."""
    compute_type: str = "auto"
    """'auto' is int8 on the processor and float16 on a graphics card."""
    french_only: bool = True
    """Leave out the tokens that French is not written with: a step takes a third less."""
    beam_size: int = 5
    patience: float = 1.0
    length_penalty: float = 1.0
    window: Window = field(default_factory=Window)
    adapted_window: Window = field(default_factory=partial(Window, shortest_s=5.0, margin_s=1.5))
    """For a model that has learnt short windows (:mod:`asr.adaptation`)."""
    longest_s: float = FULL_WINDOW_S
    tokens_per_second: float = 12.0
    prompt_tokens: int = 60
    speech_threshold: float = 0.2
    """Of Silero: faint speech on a line that loses packets is mostly below 0.4, noise below 0.1."""
    least_speech_s: float = 0.1
    no_speech_prob: float = 0.85
    """Above this, a poor log-probability means that nobody spoke."""
    no_speech_logprob: float = -0.8
    sure_logprob: float = -0.05
    """Above this, what answers no question in particular is compared with nothing."""
    lost_logprob: float = -0.8
    """Below this too: likely words would make a plausible request of what was not understood."""
    compared_words: int = 60
    """Words of all the readings that are compared, so that a long sentence has few of them."""
    fewest_rivals: int = 2
    rounds: int = 2
    """Of comparing: what was put right once may be put right elsewhere."""
    overlooked: float = 1.0
    """Nats by which another text may be likelier than the last hypothesis of the decoder."""
    language: LanguageSettings = field(default_factory=LanguageSettings)
    guard: GuardSettings = field(default_factory=GuardSettings)
    confidence: Logistic = WHISPER_BASE


@dataclass(frozen=True)
class Hint:
    """What is known of an utterance before it is heard."""

    words: tuple[str, ...] = ()
    """Town words that are likely here; they bias the decoder."""
    rivals: Rivals | None = None
    """Asked for other readings, which the model compares with its own."""
    again: Again | None = None
    """Reads some hypotheses again, of which the first one is what was heard."""
    several: bool = False
    """Give both the decoder's other hypotheses too, which takes it a little longer."""
    detect: bool = False
    """Recognise the language as well."""
    wanted: Callable[[], bool] = lambda: True
    """Asked between the steps: once nobody waits any more, the others are left out."""


_NOTHING_KNOWN = Hint()


@dataclass(frozen=True)
class Recognition:
    """What was understood. ``reason`` tells why an empty text is empty."""

    text: str
    confidence: float = 0.0
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0
    speech_s: float = 0.0
    second_pass: bool = False
    reason: str = ""
    repaired: bool = False
    """Another reading was likelier, given what could be expected."""
    before: str = ""
    """What was heard before a repair."""
    language: str = ""
    """What is spoken, as an ISO 639-1 code, where that was asked for and is sure."""


@dataclass(frozen=True)
class _Sound:
    """One utterance in the window that the model sees."""

    encoded: Any
    frames: int
    """Of 10 ms."""


@dataclass(frozen=True)
class _Decoding:
    hypotheses: tuple[str, ...]
    """The likeliest first."""
    avg_logprob: float
    no_speech_prob: float
    complete: bool
    """False when the decoder was stopped by the bound on its length."""
    sound: _Sound
    prompt: tuple[int, ...]
    likelihoods: Mapping[Tokens, float] = field(default_factory=dict)
    """Of the hypotheses: sums of logarithms."""

    @property
    def text(self) -> str:
        return self.hypotheses[0]


class _WithdrawnError(Exception):
    """Nobody waits for this recognition any more."""


class ModelError(Exception):
    """The model cannot be used; the message is French, for the administrator."""


class WhisperEngine:
    """A loaded model. ``recognise`` may be called from ``settings.workers`` threads at once."""

    def __init__(self, folder: Path, settings: EngineSettings | None = None) -> None:
        """Load the model.

        Raises:
            ModelError: the folder holds no usable multilingual model.
        """
        self._settings = settings or EngineSettings()
        problems = check_model(folder)
        if problems:
            raise ModelError("\n".join(problems))
        os.environ["HF_HUB_OFFLINE"] = "1"
        device, compute_type = _device(self._settings)
        french = french_model(folder) if self._settings.french_only else None
        self._tokens = french.tokens if french else None
        adapted = french is not None and french.adapted
        self._window = self._settings.adapted_window if adapted else self._settings.window
        try:
            self._model: Any = WhisperModel(
                str(folder),
                files=french.files if french else None,
                device=device,
                compute_type=compute_type,
                cpu_threads=self._settings.threads,
                num_workers=self._settings.workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"Le modèle de reconnaissance {folder} ne se charge pas ({error})."
            ) from error
        if not self._model.model.is_multilingual:
            raise ModelError(f"Le modèle de reconnaissance {folder} ne connaît que l'anglais.")
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer, True, task="transcribe", language=FRENCH
        )
        self._speech = SpeechDetector()
        self.name = folder.name
        self.device = device

    def warm_up(self) -> None:
        """Run once on noise so that the first caller does not pay for lazy initialisation."""
        noise = np.random.default_rng(0).normal(0.0, 0.01, SAMPLE_RATE).astype(np.float32)
        self._speech.speech_s(noise, self._settings.speech_threshold)
        self._decode(noise, self._window.shortest_s, _NOTHING_KNOWN)

    def recognise(self, pcm: bytes, hint: Hint = _NOTHING_KNOWN) -> Recognition:
        """Return what is said in ``pcm`` (16 kHz mono s16le; what follows 30 s is ignored).

        A decoding that has begun is brought to its end, whoever still wants it.
        """
        s = self._settings
        samples = levelled(samples_of(pcm, s.longest_s))
        speech_s = self._speech.speech_s(samples, s.speech_threshold)
        if speech_s < s.least_speech_s:
            return Recognition("", speech_s=speech_s, reason="silence")
        try:
            return self._recognised(samples, speech_s, hint)
        except _WithdrawnError:
            return Recognition("", speech_s=speech_s, reason="cancelled")

    def _recognised(self, samples: Samples, speech_s: float, hint: Hint) -> Recognition:
        window_s = self._window.of(samples.size / SAMPLE_RATE)
        first = self._decode(samples, window_s, hint)
        result, decoding = self._believed(first, samples, window_s, speech_s, hint)
        if hint.detect:
            result = replace(result, language=self._language(first, speech_s))
        return self._repaired(result, decoding, hint)

    def _believed(
        self,
        first: _Decoding,
        samples: Samples,
        window_s: float,
        speech_s: float,
        hint: Hint,
    ) -> tuple[Recognition, _Decoding]:
        """Return what is to be believed, after a second look where the first one is in doubt."""
        text, reason = self._judge(first, speech_s, hint.words)
        if not reason:
            return self._result(text, first, speech_s, False), first
        if reason == "silence" or window_s >= FULL_WINDOW_S:
            return self._empty(reason, first, speech_s, False), first
        second = self._decode(samples, FULL_WINDOW_S, Hint(wanted=hint.wanted))
        first_reason = reason
        text, reason = self._judge(second, speech_s, ())
        if reason == "unsure":
            # A loop is sure of itself: it is no rival however likely the model finds it.
            rivals = [first, second] if first_reason == "unsure" else [second]
            best = max(rivals, key=lambda d: d.avg_logprob)
            return self._result(self._clean(best.text), best, speech_s, True), best
        if reason:
            return self._empty(reason, second, speech_s, True), second
        return self._result(text, second, speech_s, True), second

    def _repaired(self, heard: Recognition, decoding: _Decoding, hint: Hint) -> Recognition:
        """Return the reading that is likeliest once what is expected counts."""
        if not heard.text:
            return heard
        text, comparison = heard.text, self._comparison(decoding, hint)
        _check_wanted(hint)
        if hint.again is not None:
            text = hint.again((text, *decoding.hypotheses[1:]), comparison.likelihoods)
        if hint.rivals is not None and self._in_doubt(decoding, hint):
            text = self._likeliest(text, decoding.hypotheses[1:], comparison, hint.rivals)
        if text == heard.text:
            return heard
        return replace(heard, text=text, repaired=True, before=heard.text)

    def _in_doubt(self, decoding: _Decoding, hint: Hint) -> bool:
        """Tell whether other readings help; where something is expected, they always do."""
        s = self._settings
        return bool(hint.words) or s.lost_logprob <= decoding.avg_logprob <= s.sure_logprob

    def _likeliest(
        self, text: str, others: Sequence[str], comparison: Comparison, rivals: Rivals
    ) -> str:
        """Return the reading that beats ``text``, then what beats that one."""
        s = self._settings
        affordable = max(s.fewest_rivals, s.compared_words // len(text.split()))
        for _ in range(s.rounds):
            best = comparison.likeliest(text, rivals((text, *others))[:affordable])
            if best == text:
                break
            text, others = best, ()  # they would undo what was put right
        return text

    def _comparison(self, decoding: _Decoding, hint: Hint) -> Comparison:
        """Return how other texts for a sound compare."""

        def ask(texts: Sequence[Tokens]) -> list[float]:
            _check_wanted(hint)
            return self._likelihoods(decoding, texts)

        return Comparison(decoding.likelihoods, self._tokens_of, ask, self._settings.overlooked)

    def _tokens_of(self, text: str) -> Tokens:
        return tuple(self._to_model(self._tokenizer.encode(f" {text}")))

    def _likelihoods(self, decoding: _Decoding, texts: Sequence[Tokens]) -> list[float]:
        """Return how likely the model finds each text for a sound, as a sum of logarithms."""
        # The alignment is not wanted, but it is made of the likelihood of each token.
        encoded = np.repeat(np.array(decoding.sound.encoded), len(texts), axis=0)
        results = self._model.model.align(
            ctranslate2.StorageView.from_array(encoded),
            list(decoding.prompt[:-1]),
            list(map(list, texts)),
            _FEWEST_FRAMES,
        )
        return [
            math.fsum(math.log(max(probability, _LEAST)) for probability in result.text_token_probs)
            for result in results
        ]

    def _language(self, decoding: _Decoding, speech_s: float) -> str:
        """Return the language that is spoken, '' when there is doubt."""

        def probabilities() -> dict[str, float]:
            found = self._model.model.detect_language(decoding.sound.encoded)[0]
            return {token.strip("<|>"): probability for token, probability in found}

        return language_of(
            decoding.text,
            decoding.avg_logprob,
            speech_s,
            probabilities,
            self._settings.language,
        )

    def _judge(self, decoding: _Decoding, speech_s: float, words: Sequence[str]) -> tuple[str, str]:
        """Return the cleaned text and why it is not to be believed ('' when it is)."""
        s = self._settings
        if (
            decoding.no_speech_prob > s.no_speech_prob
            and decoding.avg_logprob < s.no_speech_logprob
        ):
            return "", "silence"
        text = tidy(decoding.text)
        if not text:
            return "", "silence"
        if is_loop(text, speech_s, s.guard) or not decoding.complete:
            return text, "loop"
        kept = without_inventions(text)
        if not kept or echoes(kept, words):
            return "", "invention"
        if decoding.avg_logprob < s.guard.avg_logprob:
            return kept, "unsure"
        return kept, ""

    def _clean(self, text: str) -> str:
        return without_inventions(tidy(text))

    def _result(
        self, text: str, decoding: _Decoding, speech_s: float, second_pass: bool
    ) -> Recognition:
        if not text:
            return self._empty("silence", decoding, speech_s, second_pass)
        evidence = Evidence(decoding.avg_logprob, decoding.no_speech_prob, speech_s, second_pass)
        return Recognition(
            text,
            confidence=self._settings.confidence.confidence(evidence),
            avg_logprob=decoding.avg_logprob,
            no_speech_prob=decoding.no_speech_prob,
            speech_s=speech_s,
            second_pass=second_pass,
        )

    def _empty(
        self, reason: str, decoding: _Decoding, speech_s: float, second_pass: bool
    ) -> Recognition:
        return Recognition(
            "",
            avg_logprob=decoding.avg_logprob,
            no_speech_prob=decoding.no_speech_prob,
            speech_s=speech_s,
            second_pass=second_pass,
            reason="loop" if reason == "unsure" else reason,
        )

    def _decode(self, samples: Samples, window_s: float, hint: Hint) -> _Decoding:
        s = self._settings
        _check_wanted(hint)
        sound = self._sound(samples, window_s)
        _check_wanted(hint)
        prompt = self._to_model(
            self._model.get_prompt(
                self._tokenizer, self._prompt(hint.words), without_timestamps=True
            )
        )
        bound = 16 + int(s.tokens_per_second * sound.frames / 100)
        longest = min(_MODEL_TOKENS, len(prompt) + bound)
        result = self._model.model.generate(
            sound.encoded,
            [prompt],
            beam_size=s.beam_size,
            num_hypotheses=s.beam_size if hint.several else 1,
            patience=s.patience,
            length_penalty=s.length_penalty,
            max_length=longest,
            suppress_blank=True,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        likelihoods = {
            tuple(ids): score * len(ids) ** s.length_penalty
            for ids, score in zip(result.sequences_ids, result.scores, strict=True)
        }
        tokens = result.sequences_ids[0]
        return _Decoding(
            hypotheses=tuple(self._text(ids) for ids in result.sequences_ids),
            avg_logprob=likelihoods[tuple(tokens)] / (len(tokens) + 1),
            no_speech_prob=result.no_speech_prob,
            complete=len(prompt) + len(tokens) < longest,
            sound=sound,
            prompt=tuple(prompt),
            likelihoods=likelihoods,
        )

    def _to_model(self, tokens: list[int]) -> list[int]:
        return self._tokens.to_model(tokens) if self._tokens else tokens

    def _text(self, ids: list[int]) -> str:
        tokens = self._tokens.from_model(ids) if self._tokens else ids
        return str(self._tokenizer.decode(tokens)).strip()

    def _sound(self, samples: Samples, window_s: float) -> _Sound:
        """Have the model look at the utterance in a window of ``window_s``."""
        window = np.zeros(int(window_s * SAMPLE_RATE), dtype=np.float32)
        kept = samples[: window.size]
        window[: kept.size] = kept
        frames = int(window_s * 100) // 2 * 2
        features = self._model.feature_extractor(window, padding=0)[:, :frames]
        view = ctranslate2.StorageView.from_array(
            np.ascontiguousarray(features[np.newaxis], dtype=np.float32)
        )
        encoded = self._model.model.encode(view, to_cpu=self.device == "cpu")
        return _Sound(encoded, max(2, kept.size * 100 // SAMPLE_RATE))

    def _prompt(self, words: Sequence[str]) -> list[int]:
        """Return the tokens of as many of ``words``, in order, as the bound allows."""
        tokens: list[int] = []
        for word in dict.fromkeys(w.strip() for w in words):
            more = self._tokenizer.encode(f", {word}" if tokens else f" {word}")
            if not word or len(tokens) + len(more) >= self._settings.prompt_tokens:
                continue
            tokens += more
        return tokens + self._tokenizer.encode(".") if tokens else tokens


def _check_wanted(hint: Hint) -> None:
    if not hint.wanted():
        raise _WithdrawnError


def _device(settings: EngineSettings) -> tuple[str, str]:
    device = settings.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"
    compute_type = settings.compute_type
    if compute_type == "auto":
        compute_type = "float16" if device == "cuda" else "int8"
    return device, compute_type
