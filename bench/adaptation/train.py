"""Trains the correction: python -m bench.adaptation.train FOLDER

``FOLDER`` is what :mod:`bench.adaptation.speak` has filled. Needs JAX, which the callbot does not:
``uv run --with jax==0.10.2 python -m bench.adaptation.train FOLDER``. The factors of the correction
are averaged over the last steps; a share of it is written now and then (``--share``: the rest costs
more in human voices than it gains in synthetic ones), with what the sentences of speakers held out
cost by then (nats a token).

What is delivered was made in two rounds on two busy cores: 60 steps with ``--keep 0 --rate 8e-4``
and no gaps in what is heard, then 15 minutes (119 steps) with ``--begin`` from there.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import queue
import threading
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from asr.adaptation import CHECKSUM, CORRECTION, LEFT, RIGHT
from asr.frenchmodel import french_files
from bench.adaptation.sounds import BUCKETS, Batch, Batches, Sounds, Tokeniser
from bench.adaptation.whisper import (
    CORRECTED,
    LAYERS,
    Params,
    begun,
    decode,
    encode,
    jax,
    jnp,
    load,
)

_BEFORE = ("<|startoftranscript|>", "<|fr|>", "<|transcribe|>", "<|notimestamps|>")
_END = "<|endoftext|>"
_WIDE = 1000
"""Frames, of 10 ms, that the model has always been shown at least."""
_WARM = 15
"""Steps before the whole rate."""
_AHEAD = 3
"""Batches that are made while one is learnt from."""


def cost(factors: Params, params: Params, features: Any, tokens: Any, mask: Any) -> Any:
    """Return what the texts cost, in nats a token."""
    return _told(factors, params, encode(params, factors, features), tokens, mask)


def cost_and_change(
    factors: Params, params: Params, features: Any, tokens: Any, mask: Any, weight: float
) -> tuple[Any, Any]:
    """Return that with ``weight`` times the change, and that alone.

    The change is how far the states are from those that the model itself has in a wide window.
    """
    states = encode(params, factors, features)
    told = _told(factors, params, states, tokens, mask)
    silent = features.min(axis=(1, 2), keepdims=True)
    rest = jnp.broadcast_to(silent, (*features.shape[:2], _WIDE - features.shape[2]))
    wide = encode(params, {}, jnp.concatenate([features, rest], axis=2))[:, : states.shape[1]]
    wide = jax.lax.stop_gradient(wide)
    return told + weight * ((states - wide) ** 2).mean() / (wide**2).mean(), told


def _told(factors: Params, params: Params, states: Any, tokens: Any, mask: Any) -> Any:
    scores = decode(params, factors, states, tokens[:, :-1])
    wanted = jnp.take_along_axis(scores, tokens[:, 1:, None], axis=-1)[..., 0]
    each = jax.nn.logsumexp(scores, axis=-1) - wanted
    return (each * mask[:, 1:]).sum() / mask.sum()


class Adam:
    """Adam with decoupled decay, clipped gradients and an average of what it found."""

    def __init__(self, rate: float, decay: float, factors: Params) -> None:
        self._rate, self._decay = rate, decay
        zeros = jax.tree.map(jnp.zeros_like, factors)
        self._state = (zeros, zeros, factors)
        self._step = 0
        self._update = jax.jit(_updated)

    def update(self, factors: Params, gradients: Params, done: float) -> Params:
        """Return the factors after a step; ``done`` is the share of the time that has passed."""
        self._step += 1
        warm = min(1.0, self._step / _WARM)
        rate = self._rate * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))
        kept = min(0.98, self._step / (self._step + 10))
        factors, self._state = self._update(
            factors, gradients, self._state, jnp.float32(self._step), rate, self._decay, kept
        )
        return factors

    @property
    def average(self) -> Params:
        """What the last steps found."""
        return self._state[2]


def _updated(
    factors: Params,
    gradients: Params,
    state: tuple[Params, Params, Params],
    step: float,
    rate: float,
    decay: float,
    kept: float,
) -> tuple[Params, tuple[Params, Params, Params]]:
    size = jnp.sqrt(sum((g**2).sum() for g in gradients.values()))
    gradients = {name: g * jnp.minimum(1.0, 1.0 / size) for name, g in gradients.items()}
    first, second, average = state
    first = {n: 0.9 * first[n] + 0.1 * g for n, g in gradients.items()}
    second = {n: 0.98 * second[n] + 0.02 * g**2 for n, g in gradients.items()}
    found = {}
    for name, value in factors.items():
        move = first[name] / (1 - 0.9**step)
        move = move / (jnp.sqrt(second[name] / (1 - 0.98**step)) + 1e-8)
        found[name] = value - rate * (move + decay * value)
    average = {n: kept * average[n] + (1 - kept) * found[n] for n in found}
    return found, (first, second, average)


def tokeniser(model: Path) -> tuple[Tokeniser, tuple[int, ...]]:
    """Return what makes tokens for the reduced model, and the tokens that it has."""
    tokens = french_files(model).tokens
    whole = Tokenizer.from_file(str(model / "tokenizer.json"))

    def encode_text(text: str) -> list[int]:
        return tokens.to_model(whole.encode(text, add_special_tokens=False).ids)

    before = [tokens.kept.index(whole.token_to_id(token)) for token in _BEFORE]
    end = tokens.kept.index(whole.token_to_id(_END))
    return Tokeniser(encode_text, before, end), tokens.kept


def save(file: Path, model: Path, factors: Params, share: float) -> None:
    """Write a share of the correction as :mod:`asr.adaptation` reads it, in half precision."""
    digest = hashlib.sha256((model / "model.bin").read_bytes()).digest()
    arrays: dict[str, Any] = {CHECKSUM: np.frombuffer(digest, dtype=np.uint8)}
    for name, values in factors.items():
        matrix, side = name.rsplit("/", maxsplit=1)
        for layer in range(LAYERS):
            key = f"{matrix.replace('/layer/', f'/layer_{layer}/')}/weight"
            key += LEFT if side == "left" else RIGHT
            part = share if side == "left" else 1.0
            arrays[key] = (part * np.asarray(values[layer])).astype(np.float16)
    np.savez(file, **arrays)


def saved(file: Path) -> Params:
    """Return a correction that :func:`save` wrote."""
    factors: Params = {}
    with np.load(file, allow_pickle=False) as kept:
        for matrix in CORRECTED:
            for side, end in (("left", LEFT), ("right", RIGHT)):
                layers = [matrix.replace("/layer/", f"/layer_{n}/") for n in range(LAYERS)]
                factors[f"{matrix}/{side}"] = np.stack(
                    [kept[f"{layer}/weight{end}"].astype(np.float32) for layer in layers]
                )
    return factors


class Ahead:
    """Makes batches while others are learnt from."""

    def __init__(self, batches: Iterator[Any]) -> None:
        self._made: queue.Queue[Any] = queue.Queue(_AHEAD)
        self._batches = batches
        threading.Thread(target=self._make, daemon=True).start()

    def _make(self) -> None:
        for batch in self._batches:
            self._made.put(batch)

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield self._made.get()


def main() -> None:
    """Train."""
    options = _parser().parse_args()
    random = np.random.default_rng(options.seed)
    texts, kept = tokeniser(options.model)
    params = load(options.model, kept)
    rank = {"encoder": options.rank, "decoder": options.rank // 2}
    first = saved(options.begin) if options.begin else begun(params, rank, random)
    factors: Params = {name: jnp.asarray(array) for name, array in first.items()}
    watch = Batches(Sounds(options.folder, random, watched=True), texts, random, gaps=False)
    watched = [batch for _, batch in islice(watch.drawn(BUCKETS[1]), options.watched)]
    shown = Batches(Sounds(options.folder, random, watched=False), texts, random, gaps=True)
    learn = jax.jit(jax.value_and_grad(cost_and_change, has_aux=True))
    look = jax.jit(cost)
    adam = Adam(options.rate, options.decay, factors)
    judge = partial(_judged, look, params, watched)
    print(f"before: {judge(factors):.4f}", flush=True)
    begin, costs = time.monotonic(), []
    for step, (bucket, batch) in enumerate(Ahead(shown.drawn()), start=1):
        done = min(1.0, (time.monotonic() - begin) / (60 * options.minutes))
        (total, told), gradients = learn(
            factors, params, batch.features, batch.tokens, batch.mask, options.keep
        )
        factors = adam.update(factors, gradients, done)
        costs.append((float(told), float(total)))
        if step % 5 == 0:
            told, total = np.mean(costs[-10:], axis=0)
            print(f"{step} {done:.3f} {bucket.window_s} {told:.4f} {total:.4f}", flush=True)
        if step % options.every == 0 or done >= 1.0:
            print(f"{step} watched {judge(adam.average):.4f}", flush=True)
            save(options.out, options.model, adam.average, options.share)
        if done >= 1.0:
            break


def _judged(look: Any, params: Params, watched: list[Batch], factors: Params) -> float:
    """Return what held-out sentences cost."""
    found = [float(look(factors, params, b.features, b.tokens, b.mask)) for b in watched]
    return float(np.mean(found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="spoken sentences")
    parser.add_argument("--model", type=Path, default=Path("var/models/whisper-base"))
    parser.add_argument("--out", type=Path, default=CORRECTION)
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--every", type=int, default=50, help="steps between two checks")
    parser.add_argument("--watched", type=int, default=3, help="batches of speakers held out")
    parser.add_argument("--rank", type=int, default=16, help="of the encoder; half of it elsewhere")
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--share", type=float, default=0.6, help="of the correction, written")
    parser.add_argument("--keep", type=float, default=0.5, help="weight of what is to stay")
    parser.add_argument("--begin", type=Path, help="go on from this correction")
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=7)
    return parser


if __name__ == "__main__":
    main()
