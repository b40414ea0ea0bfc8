"""Random numbers by component: adding a component never reshuffles another."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def generator(seed: int, component: str) -> np.random.Generator:
    """The stream of one component: a child of the seed, keyed by the component's name, not by its order.

    >>> a, b = generator(7, "orders"), generator(7, "orders")
    >>> bool(a.random() == b.random())
    True
    >>> bool(generator(7, "orders").random() == generator(7, "health").random())
    False
    """
    return np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=(zlib.crc32(component.encode()),))
    )


def pick(rng: np.random.Generator, weights: tuple[float, ...], size: int) -> Ints:
    """Indices 0..len(weights)-1 drawn with the given weights (which need not sum to one)."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(bounds / bounds[-1], rng.random(size), side="right").astype(np.int64)


def between(rng: np.random.Generator, low: int, high: int, size: int) -> Ints:
    """Whole numbers in [low, high)."""
    return rng.integers(low, high, size, dtype=np.int64)
