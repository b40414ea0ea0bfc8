"""Random numbers by component and block of customers: adding a component never reshuffles another."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from contracts.arrays import Ints


def generator(seed: int, component: str) -> np.random.Generator:
    """The stream of a component that all customers share: keyed by the component's name, not by its order.

    >>> a, b = generator(7, "orders"), generator(7, "orders")
    >>> bool(a.random() == b.random())
    True
    >>> bool(generator(7, "orders").random() == generator(7, "health").random())
    False
    """
    return _stream(seed, component)


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams of one block of customers, keyed by component and block: no block reshuffles another.

    Attributes:
        seed: of the world.
        block: number of the block, from 0.
    """

    seed: int
    block: int

    def of(self, component: str) -> np.random.Generator:
        """The block's stream of one component.

        >>> first, second = Streams(7, 0), Streams(7, 1)
        >>> bool(first.of("orders").random() == first.of("orders").random())
        True
        >>> bool(first.of("orders").random() == second.of("orders").random())
        False
        """
        return _stream(self.seed, component, self.block)


def _stream(seed: int, *key: str | int) -> np.random.Generator:
    """A child of the seed, keyed by words and numbers and not by the order of the calls."""
    words = tuple(zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=words))


def pick(rng: np.random.Generator, weights: tuple[float, ...], size: int) -> Ints:
    """Indices 0..len(weights)-1 drawn with the given weights (which need not sum to one)."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(bounds / bounds[-1], rng.random(size), side="right").astype(np.int64)


def between(rng: np.random.Generator, low: int, high: int, size: int) -> Ints:
    """Whole numbers in [low, high)."""
    return rng.integers(low, high, size, dtype=np.int64)
