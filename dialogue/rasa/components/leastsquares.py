"""Least-squares classification in a kernel space, for few examples with many features.

The solution lies in the span of the examples and is found at once, by one Cholesky factor of their
Gram matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve


def fit_classes(gram: Any, labels: Sequence[str], smoothing: float) -> tuple[list[str], Any]:
    """Return the classes, and each example's part in the score of each class.

    ``gram`` holds the kernel of every pair of examples and is overwritten. Every class weighs the
    same, however many examples it has; the larger ``smoothing``, the less a single one counts.
    """
    classes, targets = np.unique(np.asarray(labels), return_inverse=True)
    rows, columns = len(targets), len(classes)
    weights = rows / columns / np.bincount(targets)[targets]
    wanted = np.where(np.eye(columns)[targets] > 0, 1.0, -1.0 / columns).astype(np.float32)
    system = np.asfortranarray(gram, dtype=np.float32)
    system[np.diag_indices(rows)] += (smoothing / weights).astype(np.float32)
    factor = cho_factor(system, lower=True, overwrite_a=True)
    return [str(name) for name in classes], cho_solve(factor, wanted)
