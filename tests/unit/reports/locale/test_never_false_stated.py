"""A score of stated experience says what it rests on and why there is no fitted model; a fitted one says none of it."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any, get_args

import pytest

from contracts.documents.experience import Experience, Why
from contracts.documents.monitoring import Monitoring, MonitoringFinding
from contracts.documents.outlook import CORRECTED, Case, Ruling
from models.upkeep.ruling import ruled
from reports.locale.catalogue import catalogue, say
from reports.model import page
from reports.monitoring import _step
from tests.unit.reports.locale.said import said_of
from tests.validation_packs import demo_pack, document

WHYS = get_args(Why)


def stated(**changes: Any) -> Experience:
    values = {"why": "few", "customers": 7, "needed": 20, "long_run_rate": 0.03, "stated_pd": 0.031, "mean_pd": 0.027, "data_share": 0.23, "level_share": 0.58, "points_share": 0.2, "inputs": 12, "absent": ()}  # fmt: skip
    return Experience.model_validate(values | changes)


def english(rests_on: Experience | None) -> str:
    given = None if rests_on is None else rests_on.model_dump(mode="json")
    html = page.render(document(demo_pack() | {"rests_on": given}))
    bare = re.sub(r"<(style|script)\b.*?</\1>|<span lang=\"zh-Hans\">.*?</span>", "", html, flags=re.DOTALL)  # fmt: skip
    return unescape(re.sub(r"<[^>]+>", "", bare))


@pytest.mark.parametrize("why", WHYS)
def test_a_stated_score_says_its_own_reason_and_no_other(why: str) -> None:
    """Where inputs of the card are not in the book it says how many, and where none is missing it does not."""
    found = said_of(english(stated(why=why, customers=0 if why == "none" else 7)), "experience")
    found -= {"why.folds"} if why == "none" else set()
    assert found == {"title", "rate", "weight", "order", f"why.{why}"}
    lacking = english(stated(why=why, absent=("founded", "insured")))
    assert "absent" in said_of(lacking, "experience")
    assert "It reads 12 inputs; 2 more have points and are not in this book." in lacking


def test_a_score_that_ranks_nobody_is_not_called_an_order() -> None:
    """A book of attributes alone, none of which has points: everybody has one PD, and no order is spoken of."""
    assert {"order", "same"} & said_of(english(stated(ranks=False)), "experience") == {"same"}
    assert {"order", "same"} & said_of(english(stated(ranks=True)), "experience") == {"order"}


def test_a_score_of_few_defaults_alone_claims_no_stated_points() -> None:
    """No points are stated for an input that varies: the book's defaults alone say how customers differ, and only the rate is stated."""
    text = english(stated(own=True, absent=("founded", "insured")))
    assert said_of(text, "experience") == {"title.own", "rate", "weight.own", "absent.own", "order", "why.few"}  # fmt: skip
    assert "The data count for 23% (58% of the level, 20% of the points)" in text
    assert "It reads all inputs of the book that vary: 12 inputs. 2 that have points in configs/expert.yaml are not in it." in text  # fmt: skip
    assert "stated experience" not in text


def test_a_fitted_score_says_none_of_it() -> None:
    text = english(None)
    assert said_of(text, "experience") == set()
    assert said_of(text, "gate") & {"experience"} == set()


def test_the_shares_told_are_those_of_the_score() -> None:
    text = english(stated())
    assert "The data count for 23% (58% of the level, 20% of the points)" in text
    assert "3.00% of customers in good standing default in a year. For this book that makes a mean PD of 3.10%; with what its own outcomes say, 2.70%." in text  # fmt: skip
    assert "7 customers defaulted in the data that it may learn from; a model is fitted from 20 defaults" in text  # fmt: skip


def test_every_reason_has_its_sentence() -> None:
    entries = {one.removeprefix("experience.why.") for one in catalogue("en").texts if one.startswith("experience.why.")}  # fmt: skip
    assert entries == set(WHYS)


# upkeep ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "declined", "said"), [("nothing", 0, "nothing"), ("nothing", 3, "unchecked"), ("watch", 3, "watch"), ("recalibrate", 3, "recalibrate"), ("refit", 0, "refit")])  # fmt: skip
def test_a_model_is_called_fine_only_where_every_check_was_made(action: str, declined: int, said: str) -> None:  # fmt: skip
    """Three checks that could not be made: nothing calls for action, and that is no "the model fits"."""
    text = unescape(str(_step(Monitoring.model_construct(action=action), declined)))
    english = re.sub(r"<span lang=\"zh-Hans\">.*?</span>|<[^>]+>", "", text)
    assert said_of(english, "remedy_step") == {said}
    assert ("3 checks could not be made" in english) == (said == "unchecked")


@pytest.mark.parametrize("case", get_args(Case))
def test_what_is_done_about_the_calibration_is_said_once_and_alike(case: Case) -> None:
    """One sentence a case, on both pages; a calibration that no test looked at is not said to stand."""
    told = Ruling(case=case, defaults=7, needed=25, chance=0.61, asked=0.7, last_day=date(2026, 1, 31), evidence=31.0, shown=120.0)  # fmt: skip
    english = say("en", told.entry, told.values)
    assert said_of(english, "recalibration") == {case}
    assert ("stands" in english) == (case == "none")
    assert ("7 defaults" in english, "61" in english) == (
        case in {"too_few", "timing"},
        case == "faded",
    )
    assert ("31.0" in english) == (case == "unproven")
    alarm = MonitoringFinding(code="UP-S1", subject="portfolio", outcome="failed", value=50.0, threshold=44.0, case="too_low", action="recalibrate", values={"seen": 9, "expected": 3.0, "first": "2025-01-01", "last": "2025-12-31"})  # fmt: skip
    asked = ruled([alarm], told)[0].action
    assert asked == ("recalibrate" if case in CORRECTED else "refit" if case == "refit" else "watch")  # fmt: skip
