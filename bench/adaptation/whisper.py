"""Whisper in JAX with the weights of CTranslate2's ``model.bin``, and a correction to be learnt.

Without a correction it computes what CTranslate2 does, of a model with pre-norm layers and exact
GELU. All layers of a kind are one array, so that they are compiled once.
"""

from __future__ import annotations

import math
import re
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from asr.weights import variables

jax: Any = import_module("jax")
jnp: Any = import_module("jax.numpy")

Params: TypeAlias = dict[str, Any]
"""Arrays by name; those of layers (``encoder/layer/…``) have the layer as their first axis."""

HEADS: Final = 8
_LAYER: Final = re.compile(r"^(encoder|decoder)/layer_(\d+)/(.*)$")
_ENCODER: Final = ("self_attention/linear_0", "self_attention/linear_1", "ffn/linear_0")
CORRECTED: Final = (
    *(f"encoder/layer/{part}" for part in (*_ENCODER, "ffn/linear_1")),
    *(f"decoder/layer/attention/linear_{number}" for number in range(3)),
)
"""Matrices that are learnt: all of the encoder, and where the decoder looks at it."""
LAYERS: Final = 6
_EMBEDDINGS: Final = "decoder/embeddings/weight"
_STRAIGHT, _TURNED = ":straight", ":turned"
"""A matrix as it is kept, [rows, columns], and turned."""


def load(folder: Path, tokens: tuple[int, ...]) -> Params:
    """Return the weights of a model, with the embeddings of ``tokens`` only.

    Matrices are rounded to bfloat16, and kept in both directions: twice as fast.
    """
    weights = (folder / "model.bin").read_bytes()
    found: Params = {}
    stacked: dict[str, dict[int, np.ndarray]] = {}
    for variable in variables(weights):
        if variable.kind not in (0, 4):
            continue
        array = variable.array(weights).astype(np.float32)
        layer = _LAYER.match(variable.name)
        if layer:
            stacked.setdefault(f"{layer[1]}/layer/{layer[3]}", {})[int(layer[2])] = array
        else:
            found[variable.name] = array
    found |= {name: np.stack([ls[n] for n in range(LAYERS)]) for name, ls in stacked.items()}
    found["decoder/embeddings/weight"] = found["decoder/embeddings/weight"][list(tokens)]
    params = {name: jnp.asarray(array) for name, array in found.items()}
    for name in (*(n for n, a in found.items() if a.ndim == 3 and "/layer/" in n), _EMBEDDINGS):
        matrix = params[name].astype(jnp.bfloat16)
        params[name + _TURNED], params[name + _STRAIGHT] = jnp.swapaxes(matrix, -1, -2), matrix
        if name != _EMBEDDINGS:
            del params[name]
    return params


def begun(params: Params, rank: dict[str, int], random: np.random.Generator) -> Params:
    """Return a correction that corrects nothing yet; ``rank`` by encoder and decoder."""
    factors: Params = {}
    for name in CORRECTED:
        layers, rows, columns = params[f"{name}/weight{_STRAIGHT}"].shape
        size = rank[name.split("/", maxsplit=1)[0]]
        right = random.normal(size=(layers, size, columns)) / math.sqrt(columns)
        factors[f"{name}/right"] = right.astype(np.float32)
        factors[f"{name}/left"] = np.zeros((layers, rows, size), dtype=np.float32)
    return factors


def encode(params: Params, factors: Params, features: Any) -> Any:
    """Return the states of features [utterances, 80, frames of 10 ms], one for two frames."""
    x = jnp.swapaxes(features, 1, 2)
    x = _gelu(_convolved(x, params["encoder/conv1/weight"], params["encoder/conv1/bias"], 1))
    x = _gelu(_convolved(x, params["encoder/conv2/weight"], params["encoder/conv2/bias"], 2))
    x = x + params["encoder/position_encodings/encodings"][: x.shape[1]]

    def layer(x: Any, p: Params) -> tuple[Any, None]:
        y = _norm(x, p, "self_attention/layer_norm")
        q, k, v = jnp.split(_linear(y, p, "self_attention/linear_0"), 3, axis=-1)
        x = x + _linear(_attended(q, k, v, None), p, "self_attention/linear_1")
        return x + _fed_forward(x, p), None

    x, _ = jax.lax.scan(layer, x, _layers(params, factors, "encoder"))
    return _normed(x, params["encoder/layer_norm/gamma"], params["encoder/layer_norm/beta"])


def decode(params: Params, factors: Params, states: Any, tokens: Any) -> Any:
    """Return the score of each token to follow ``tokens`` [utterances, length]."""
    length = tokens.shape[1]
    x = params[_EMBEDDINGS][tokens] + params["decoder/position_encodings/encodings"][:length]
    mask = jnp.where(jnp.tril(jnp.ones((length, length), dtype=bool)), 0.0, -1e9)

    def layer(x: Any, p: Params) -> tuple[Any, None]:
        y = _norm(x, p, "self_attention/layer_norm")
        q, k, v = jnp.split(_linear(y, p, "self_attention/linear_0"), 3, axis=-1)
        x = x + _linear(_attended(q, k, v, mask), p, "self_attention/linear_1")
        q = _linear(_norm(x, p, "attention/layer_norm"), p, "attention/linear_0")
        k, v = jnp.split(_linear(states, p, "attention/linear_1"), 2, axis=-1)
        x = x + _linear(_attended(q, k, v, None), p, "attention/linear_2")
        return x + _fed_forward(x, p), None

    x, _ = jax.lax.scan(layer, x, _layers(params, factors, "decoder"))
    x = _normed(x, params["decoder/layer_norm/gamma"], params["decoder/layer_norm/beta"])
    return _times(x, params[_EMBEDDINGS + _TURNED], params[_EMBEDDINGS + _STRAIGHT])


def _layers(params: Params, factors: Params, side: str) -> Params:
    """Return the arrays of one side's layers, the factors beside their matrices."""
    prefix = f"{side}/layer/"
    together = params | factors
    return {n.removeprefix(prefix): a for n, a in together.items() if n.startswith(prefix)}


def _linear(x: Any, p: Params, name: str) -> Any:
    weight = f"{name}/weight"
    y = _times(x, p[weight + _TURNED], p[weight + _STRAIGHT]) + p[f"{name}/bias"]
    if f"{name}/left" in p:
        y = y + (x @ p[f"{name}/right"].T) @ p[f"{name}/left"].T
    return y


# Only who learns the correction installs jax: here its decorators have no types.
@jax.custom_vjp  # type: ignore[untyped-decorator]
def _times(x: Any, turned: Any, straight: Any) -> Any:
    """Return ``x`` times a matrix that is not learnt; rounded, and added up in float32."""
    del straight
    return jnp.dot(x.astype(jnp.bfloat16), turned, preferred_element_type=jnp.float32)


def _forth(x: Any, turned: Any, straight: Any) -> tuple[Any, Any]:
    return _times(x, turned, straight), straight


def _back(straight: Any, slope: Any) -> tuple[Any, None, None]:
    rounded = slope.astype(jnp.bfloat16)
    return jnp.dot(rounded, straight, preferred_element_type=jnp.float32), None, None


_times.defvjp(_forth, _back)


def _fed_forward(x: Any, p: Params) -> Any:
    y = _gelu(_linear(_norm(x, p, "ffn/layer_norm"), p, "ffn/linear_0"))
    return _linear(y, p, "ffn/linear_1")


def _attended(q: Any, k: Any, v: Any, mask: Any) -> Any:
    """Return the attention of queries [utterances, length, width] to keys and values."""
    q, k, v = (_headed(x) for x in (q, k, v))
    scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores + mask
    found = jnp.einsum("bhqk,bhkd->bhqd", jax.nn.softmax(scores, axis=-1), v)
    return jnp.swapaxes(found, 1, 2).reshape(found.shape[0], found.shape[2], -1)


def _headed(x: Any) -> Any:
    return jnp.swapaxes(x.reshape(*x.shape[:2], HEADS, -1), 1, 2)


def _convolved(x: Any, weight: Any, bias: Any, stride: int) -> Any:
    """Return a convolution over three of ``x`` [utterances, length, channels]."""
    padded = jnp.pad(x, ((0, 0), (1, 1), (0, 0)))
    size = x.shape[1]
    near = [padded[:, at : at + size : stride] for at in range(3)]
    return sum(part @ weight[:, :, at].T for at, part in enumerate(near)) + bias


def _norm(x: Any, p: Params, name: str) -> Any:
    return _normed(x, p[f"{name}/gamma"], p[f"{name}/beta"])


def _normed(x: Any, gamma: Any, beta: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt(variance + 1e-5) * gamma + beta


def _gelu(x: Any) -> Any:
    return jax.nn.gelu(x, approximate=False)
