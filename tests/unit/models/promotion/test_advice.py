"""What the evidence advises: within the margin, against it, and where somebody has to weigh it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.documents.comparison import Difference
from contracts.documents.number import Figure
from contracts.documents.promotion import Certificate, Contender, Duel, Margin
from contracts.documents.validation_model import Figures
from models.promotion.advice import Evidence, advise
from reports.locale.catalogue import LANGUAGES, say

NAMES = {"champion": "1", "challenger": "2", "currency": "EUR", "margin": None}


def contender(number: str, **more: Any) -> Contender:
    broken = more.pop("broken", 0)
    kept = {"origin": "clean", "parent": None, "is_stated": False, "lacking": ("late",)} | more
    seal = Certificate(directions=4, trees=40, broken=broken, example="tree 3" if broken else None)
    return Contender(number=number, digest="0a", features=5, certificate=seal, gates={}, **kept)


def duel(loss: str, rank: str, *, is_within: bool, expected: tuple[float, float, float] = (1.0, 0.8, 1.2)) -> Duel:  # fmt: skip
    none = Figure()
    held = dict.fromkeys(("roc_auc", "gini", "ks", "average_precision", "brier", "brier_skill", "log_loss", "ece", "cox_slope", "cox_intercept", "level", "rate"), none)  # fmt: skip
    figures = Figures(n=90, defaults=9, mean_pd=0.1, observed_to_expected=Figure(value=expected[0], low=expected[1], high=expected[2]), **held)  # fmt: skip
    some = Figure(value=0.1, low=0.0, high=0.2)
    differences = (
        Difference(measure="log_loss", figure=some, ruling=loss),  # type: ignore[arg-type]
        Difference(measure="roc_auc", figure=some, ruling=rank),  # type: ignore[arg-type]
        Difference(measure="brier", figure=some, ruling=None),
    )
    lost = Margin(share=0.01, upper=0.015, spent=0.0, margin=0.02, is_within=is_within)
    days = {"from": date(2024, 1, 1), "until": date(2025, 1, 1)}
    return Duel(source="kept", rows=90, customers=40, defaults=9, defaulted_customers=9, champion=figures, challenger=figures, differences=differences, lost=lost, **days)  # fmt: skip


WITHIN, OVER = duel("none", "hint_worse", is_within=True), duel("none", "none", is_within=False)
CASES: list[tuple[str, str, dict[str, Any], Duel | None, str | None]] = [
    ("promote", "margin.within", {}, WITHIN, None),
    ("promote", "log_loss.worse", {}, duel("worse", "none", is_within=True), None),
    ("person", "margin.over", {}, OVER, None),
    ("person", "no_duel", {}, None, None),
    ("person", "stated", {"is_stated": True}, None, None),
    ("person", "origin.dirty", {"origin": "dirty"}, WITHIN, None),
    ("person", "origin.unknown", {"origin": None}, WITHIN, None),
    ("person", "recalibrated", {"parent": "1"}, WITHIN, None),
    ("keep", "log_loss.worse", {}, duel("worse", "better", is_within=False), None),
    ("keep", "roc_auc.worse", {}, duel("better", "worse", is_within=False), None),
    ("keep", "certificate.broken", {"broken": 2}, WITHIN, None),
    ("keep", "rejected", {}, WITHIN, "2026-03-01, Ann: no"),
]


@pytest.mark.parametrize(("advice", "code", "own", "found", "decided"), CASES)
def test_the_advice_and_what_speaks_for_it(
    advice: str, code: str, own: dict[str, Any], found: Duel | None, decided: str | None
) -> None:
    evidence = Evidence(contender("1"), contender("2", **own), found, None, None, decided)
    said, reasons = advise(evidence)
    assert said == advice
    assert code in {one.code for one in reasons}
    assert reasons[-1].code == "no_swap"
    # every reason can be said, in both languages, with the figures it bears
    for one in reasons:
        for language in LANGUAGES:
            assert say(language, f"promotion.reason.{one.code}", NAMES | one.values)


@pytest.mark.parametrize(("expected", "code"), [((1.0, 0.8, 1.2), "level.right"), ((1.7, 1.4, 2.0), "level.off"), ((0.5, 0.4, 0.9), "level.off")])  # fmt: skip
def test_the_level_is_right_where_one_lies_in_its_interval(expected: tuple[float, float, float], code: str) -> None:  # fmt: skip
    found = duel("same", "too_few", is_within=True, expected=expected)
    _, reasons = advise(Evidence(contender("1"), contender("2"), found, None, None))
    assert code in {one.code for one in reasons}
