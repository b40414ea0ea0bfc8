"""What another seed makes: the largest distance, and which other runs lie within it; runs of the seed tell it and are not judged by it."""

from __future__ import annotations

import pytest

from contracts.documents.comparison import Changed, Code, Difference, Pair, Seeds, Setting
from contracts.documents.number import Figure
from models.comparison.seeds import beside, is_seed_alone, seeds

SEED = Setting(key="configs/params.yaml:train.seed", before=7, after=8)
DEPTH = Setting(key="configs/params.yaml:train.max_depth", before=6, after=3)


def changed(*settings: Setting, code: tuple[Code, ...] = ()) -> Changed:
    return Changed(settings=settings, data=("data/scored/test.parquet",), code=code)


def pair(name: str, log_loss: float | None, area: float | None, what: Changed | None) -> Pair:
    found = (
        Difference(measure="log_loss", figure=Figure(value=log_loss), ruling="none"),
        Difference(measure="roc_auc", figure=Figure(value=area), ruling="none"),
    )
    return Pair(name=name, differences=found, changed=what, segments=(), periods=())


def test_the_seed_alone_is_a_seed_and_nothing_else() -> None:
    assert is_seed_alone(changed(SEED))
    assert not is_seed_alone(changed(SEED, DEPTH))
    assert not is_seed_alone(changed(SEED, code=(Code(stage="train", files=("src/models",)),)))
    assert not is_seed_alone(changed())
    assert not is_seed_alone(None)


def test_the_largest_distance_is_told_and_who_lies_within_it() -> None:
    of_seed = [pair("s8", -0.0004, 0.002, changed(SEED)), pair("s9", 0.0007, -0.001, changed(SEED))]
    near, far = pair("near", 0.0007, 0.0031, changed(DEPTH)), pair("far", -0.002, None, None)
    close = pair("close", -0.0001, -0.002, changed(DEPTH))
    pairs = [*of_seed, near, far, close]
    found = seeds(pairs)
    assert found == Seeds(runs=("s8", "s9"), log_loss=0.0007, roc_auc=0.002)
    within = {one.name: one.within_seeds for one in beside(pairs, found)}
    assert within == {"s8": (), "s9": (), "near": ("log_loss",), "far": (), "close": ("log_loss", "roc_auc")}  # fmt: skip


@pytest.mark.parametrize("pairs", [[pair("near", 0.0, 0.0, changed(DEPTH))], []])
def test_without_such_a_run_nothing_is_known_and_nobody_lies_within(pairs: list[Pair]) -> None:
    found = seeds(pairs)
    assert found == Seeds(runs=())
    assert all(not one.within_seeds for one in beside(pairs, found))


def test_a_seed_whose_figure_is_not_defined_says_nothing_of_it() -> None:
    pairs = [pair("s8", 0.0004, None, changed(SEED)), pair("near", 0.0001, 0.0, changed(DEPTH))]
    found = seeds(pairs)
    assert found == Seeds(runs=("s8",), log_loss=0.0004)
    assert beside(pairs, found)[1].within_seeds == ("log_loss",)
