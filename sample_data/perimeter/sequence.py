"""A small neural network that reads a text sign by sign, trained here by numpy alone.

Every window of WIDTH signs is held against FILTERS patterns (a convolution over one-hot signs). Of each pattern the
best match anywhere in the text counts, if it is above zero; their weighted sum is the log-odds of an attack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

WIDTH, FILTERS = 5, 64
OTHER = 128
"""Stands for the code of every sign beyond ASCII."""
_EPOCHS, _BATCH, _RATE = 16, 64, 0.005
_EMPTY = 0.05
"""Against the texts, empty ones that it learns to be no attack: what says nothing is none, and reasons begin there."""
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
"""Of Adam: how fast means of the gradient and of its square forget, and what keeps it from dividing by nothing."""
_AT_ONCE = 1024
"""Texts that are scored together, so that their windows stay near the processor."""


@dataclass(frozen=True, slots=True)
class SequenceModel:
    """A trained network."""

    place: np.ndarray
    """By the code of a sign, up to OTHER: its place from 1, small and capital letters alike; 0 where it says nothing,
    which is the padding and what training did not have."""
    filters: np.ndarray
    """WIDTH × places × FILTERS; of place 0 all zeros."""
    shift: np.ndarray
    """FILTERS."""
    weight: np.ndarray
    """FILTERS."""
    bias: np.ndarray
    """One number."""

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Return texts × 2: one less the score, and the score in [0, 1]."""
        every = np.asarray(texts, dtype=object)
        score = np.zeros(len(every))
        order = np.argsort([len(t) for t in every], kind="stable")  # those together are about as long
        for start in range(0, len(every), _AT_ONCE):
            some = order[start : start + _AT_ONCE]
            match = _matches(self.filters, _places(self.place, every[some])).max(axis=1)
            felt = np.maximum(match + self.shift, 0).astype(np.float64)
            score[some] = expit(felt @ self.weight.astype(np.float64) + self.bias)
        return np.column_stack([1 - score, score])


def fit(texts: Sequence[str], attack: np.ndarray, seed: int = 0) -> SequenceModel:
    """Train a network: cross-entropy, Adam on mini-batches, at a rate that falls to zero.

    Parameters
    ----------
    texts, attack
        At least one, and which of them are attacks (bool).
    seed
        Of the first numbers and of the order: the same one gives the same network.
    """
    rng, place = np.random.default_rng(seed), _learnt(texts)
    filters = rng.normal(0, WIDTH**-0.5, (WIDTH, place.max() + 1, FILTERS))
    filters[:, 0] = 0
    start = [filters, np.zeros(FILTERS), rng.normal(0, FILTERS**-0.5, FILTERS), np.zeros(1)]
    parts = [part.astype(np.float32) for part in start]
    means, squares = ([np.zeros_like(part) for part in parts] for _ in range(2))
    empty = [""] * round(_EMPTY * len(texts))
    at = _places(place, [*texts, *empty])
    target = np.r_[attack, np.zeros(len(empty))].astype(np.float32)
    batches = -(-len(at) // _BATCH)
    for step in range(_EPOCHS * batches):
        if step % batches == 0:
            mixed = np.array_split(rng.permutation(len(at)), batches)
        some = mixed[step % batches]
        rate = _RATE * (1 - step / (_EPOCHS * batches))
        for part, gradient, mean, square in zip(
            parts, _gradients(parts, at[some], target[some]), means, squares, strict=True
        ):
            mean += (1 - _FIRST) * (gradient - mean)
            square += (1 - _SECOND) * (gradient * gradient - square)
            usual = np.sqrt(square / (1 - _SECOND ** (step + 1))) + _TINY
            part -= rate * mean / (1 - _FIRST ** (step + 1)) / usual
    return SequenceModel(place, *parts)


def _learnt(texts: Sequence[str]) -> np.ndarray:
    """Return the places of the signs that occur."""
    signs = sorted(s for s in set("".join(texts).lower()) if ord(s) < OTHER)
    place = np.zeros(OTHER + 1, dtype=np.int64)
    for number, sign in enumerate(signs, 1):
        place[[ord(sign), ord(sign.upper())]] = number
    return place


def _places(place: np.ndarray, texts: Sequence[str] | np.ndarray) -> np.ndarray:
    """Return the places of texts' signs, texts × positions, WIDTH zeros before and at least so many behind each.

    So there is always a window without any sign, and longer padding changes nothing.
    """
    letters = np.array(list(texts), dtype=str)
    codes = letters.view(np.uint32).reshape(len(letters), -1)
    return np.pad(place[np.minimum(codes, OTHER)], ((0, 0), (WIDTH, WIDTH)))


def _matches(filters: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return how well each window of each text matches each pattern: texts × windows × FILTERS."""
    windows = at.shape[1] - WIDTH + 1
    found = filters[0].take(at[:, :windows], axis=0)
    for k in range(1, WIDTH):
        found += filters[k].take(at[:, k : k + windows], axis=0)
    return found


def _gradients(parts: list[np.ndarray], at: np.ndarray, target: np.ndarray) -> list[np.ndarray]:
    """Return the gradient of the mean cross-entropy of some texts by filters, shift, weight and bias."""
    filters, shift, weight, bias = parts
    match = _matches(filters, at)
    best = match.argmax(axis=1)
    felt = np.maximum(np.take_along_axis(match, best[:, None], axis=1)[:, 0] + shift, 0)
    off = (expit(felt @ weight + bias) - target) / len(at)
    back = np.where(felt > 0, off[:, None] * weight, 0)
    # Only the best window of a pattern learns: the signs in it, one for each place of the window.
    k = np.arange(WIDTH)[:, None, None]
    sign = np.take_along_axis(at[None], best[None] + k, axis=2)
    cell = (k * filters.shape[1] + sign) * FILTERS + np.arange(FILTERS)
    learnt = np.bincount(cell.ravel(), np.broadcast_to(back, cell.shape).ravel(), filters.size).reshape(filters.shape)
    learnt[:, 0] = 0
    return [learnt.astype(np.float32), back.sum(axis=0), felt.T @ off, off.sum(keepdims=True)]
