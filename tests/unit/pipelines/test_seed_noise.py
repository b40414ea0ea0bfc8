"""What is said of another seed beside a comparison: the largest distance, who lies within it, and what to do where no run tells."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from contracts.documents.comparison import Changed, Code, Comparison, Setting
from pipelines.seed_noise import is_seed_alone, noise

SEED = Setting(key="configs/params.yaml:train.seed", before=7, after=8)
DEPTH = Setting(key="configs/params.yaml:train.max_depth", before=6, after=3)


def changed(*settings: Setting, code: tuple[Code, ...] = ()) -> Changed:
    return Changed(settings=settings, data=("data/scored/test.parquet",), code=code)


def pair(name: str, log_loss: float | None, area: float | None, what: Changed | None) -> Any:
    values = {"log_loss": log_loss, "roc_auc": area}
    found = [SimpleNamespace(measure=one, figure=SimpleNamespace(value=value)) for one, value in values.items()]  # fmt: skip
    return SimpleNamespace(name=name, differences=found, changed=what)


def said(*pairs: Any) -> list[str]:
    return list(noise(cast("Comparison", SimpleNamespace(base="HEAD", pairs=pairs))))


def test_the_seed_alone_is_a_seed_and_nothing_else() -> None:
    assert is_seed_alone(changed(SEED))
    assert not is_seed_alone(changed(SEED, DEPTH))
    assert not is_seed_alone(changed(SEED, code=(Code(stage="train", files=("src/models",)),)))
    assert not is_seed_alone(changed())
    assert not is_seed_alone(None)


def test_the_largest_of_the_seeds_is_told_and_who_lies_within_it() -> None:
    seeds = [pair("s8", -0.0004, 0.002, changed(SEED)), pair("s9", 0.0007, -0.001, changed(SEED))]
    near, far = pair("near", 0.0007, 0.0031, changed(DEPTH)), pair("far", -0.002, None, None)
    told = said(*seeds, near, far)
    assert told == [
        "Another seed alone moves log loss by up to 0.00070 and ROC AUC by up to 0.0020 here (s8, s9); the intervals do not count it.",
        "near differs in log loss by no more than that.",
    ]


def test_without_such_a_run_it_says_how_to_come_by_one() -> None:
    told = said(pair("near", 0.0007, 0.0031, changed(DEPTH)))
    assert len(told) == 1
    assert "run one with another train.seed" in told[0]
    assert said(pair("s8", None, None, changed(SEED))) == []
