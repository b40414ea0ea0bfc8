"""Isotonic calibration by hand and against a loop: rising steps of at least ten defaults, each at its mean margin."""

from __future__ import annotations

import numpy as np
import pytest

from models.calibration.forms.isotonic import fit_isotonic

LEAST = 10


def book(*blocks: tuple[float, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of blocks (margin, rows, defaults)."""
    margin = np.concatenate([np.full(n, at) for at, n, _ in blocks])
    bad = np.concatenate([np.arange(n) < defaults for _, n, defaults in blocks])
    return margin, bad


def test_steps_by_hand() -> None:
    """4 and 6 defaults make one step of ten; 12 % before 9 % is no rise and becomes 10.5 %."""
    margin, bad = book((-3, 100, 4), (-2, 100, 6), (-1, 100, 12), (0, 100, 9), (1, 100, 30))
    fitted = fit_isotonic(margin, bad)
    assert fitted is not None
    assert fitted.pds == pytest.approx((0.05, 0.105, 0.30))
    assert fitted.margins == pytest.approx((-2.5, -0.5, 1.0))


@pytest.mark.parametrize(("first", "steps"), [(9, 1), (10, 2), (11, 2)])
def test_ten_defaults_make_a_step_and_nine_do_not(first: int, steps: int) -> None:
    fitted = fit_isotonic(*book((-2, 200, first), (-1, 100, 10), (0, 100, 40)))
    assert fitted is not None
    # 9 / 200 and 10 / 100 go together: 19 / 300
    wanted = (19 / 300, 0.4) if steps == 1 else (first / 200, 0.1, 0.4)
    assert fitted.pds == pytest.approx(wanted)


@pytest.mark.parametrize(("last", "wanted"), [(9, (0.1, 29 / 110)), (10, (0.1, 0.2, 1.0))])
def test_a_last_step_without_enough_joins_the_one_below(
    last: int, wanted: tuple[float, ...]
) -> None:
    fitted = fit_isotonic(*book((-2, 100, 10), (-1, 100, 20), (0, 10, last)))
    assert fitted is not None
    assert fitted.pds == pytest.approx(wanted)


def test_rows_of_unequal_weight_count_as_rows() -> None:
    """A step stands at the mean margin of its rows, not of its blocks: (300 x -2 + 100 x 0) / 400."""
    fitted = fit_isotonic(*book((-2, 300, 9), (0, 100, 3), (2, 100, 50)))
    assert fitted is not None
    assert fitted.margins == pytest.approx((-1.5, 2.0))
    assert fitted.pds == pytest.approx((0.03, 0.5))


def steps_of(margin: np.ndarray, bad: np.ndarray) -> list[tuple[int, int, float]]:
    """Oracle: (rows, defaults, mean margin), pooled one violator at a time, then merged upwards."""
    order = np.argsort(margin, kind="stable")
    pooled: list[list[float]] = []
    for at, defaulted in zip(margin[order].tolist(), bad[order].tolist(), strict=True):
        pooled.append([1, int(defaulted), at])
        while len(pooled) > 1 and pooled[-2][1] / pooled[-2][0] >= pooled[-1][1] / pooled[-1][0]:
            last = pooled.pop()
            pooled[-1] = [one + other for one, other in zip(pooled[-1], last, strict=True)]
    merged: list[list[float]] = []
    for step in pooled:
        if merged and merged[-1][1] < LEAST:
            merged[-1] = [one + other for one, other in zip(merged[-1], step, strict=True)]
        else:
            merged.append(step)
    if merged[-1][1] < LEAST:
        last = merged.pop()
        merged[-1] = [one + other for one, other in zip(merged[-1], last, strict=True)]
    return [(int(n), int(defaults), total / n) for n, defaults, total in merged]


@pytest.mark.parametrize("seed", range(5))
def test_every_step_holds_ten_defaults_and_the_mean_is_kept(seed: int) -> None:
    draw = np.random.default_rng(seed)
    margin = draw.normal(-2, 1.5, 1500)
    bad = draw.random(1500) < 1 / (1 + np.exp(-margin))
    fitted = fit_isotonic(margin, bad)
    wanted = steps_of(margin, bad)
    assert fitted is not None
    assert min(defaults for _, defaults, _ in wanted) >= LEAST
    assert fitted.pds == pytest.approx([defaults / n for n, defaults, _ in wanted])
    assert fitted.margins == pytest.approx([at for _, _, at in wanted])
    rows = np.array([n for n, _, _ in wanted])
    assert rows @ np.array(fitted.pds) / 1500 == pytest.approx(bad.mean())
