"""Every sentence that claims something has a case in which it would be false, and is not said there."""

from __future__ import annotations

import ast
import functools
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.attributes import AttributeConfig
from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.data_quality import Before, RuleFinding
from contracts.documents.outlook import Outlook
from contracts.documents.recalibration import Cohort, Recalibration
from decisions.action import Case, actions
from decisions.facts import alerts
from decisions.levers.answers import helps
from decisions.levers.proposals import proposals
from models.upkeep.ahead import Ahead
from models.upkeep.ladder import climb
from reports.data_quality import _trend
from reports.locale.catalogue import catalogue, is_code
from reports.recalibration import _power
from tests.unit.decisions.levers.test_levers import ITEMS, SCALE, case
from tests.unit.models.upkeep.test_recalibration import drawn
from tests.unit.reports.locale.claims import ELSEWHERE, HERE, LABELS, MOST_OPEN, OPEN

UNIT = Path(__file__).resolve().parents[2]
ENTRIES = sorted(entry for entry in catalogue("en").texts if is_code(entry))


def homes(entry: str) -> list[str]:
    """The lists that an entry is in."""
    lists = {"here": HERE, "elsewhere": ELSEWHERE, "open": OPEN}
    found = [
        name for name, one in lists.items() if any(re.fullmatch(pattern, entry) for pattern in one)
    ]
    return found or (["label"] if LABELS.fullmatch(entry) else [])


def test_an_entry_is_a_label_or_has_a_case_in_which_it_would_be_false() -> None:
    other = {entry: homes(entry) for entry in ENTRIES if len(homes(entry)) != 1}
    assert not other
    assert sum(homes(entry) == ["open"] for entry in ENTRIES) <= MOST_OPEN
    for pattern in (*HERE, *ELSEWHERE, *OPEN):
        assert any(re.fullmatch(pattern, entry) for entry in ENTRIES), pattern


@functools.cache
def named_in(path: Path) -> frozenset[str]:
    return frozenset(
        one.name
        for one in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(one, ast.FunctionDef)
    )


def test_the_tests_that_are_named_are_there_and_speak_of_the_entry() -> None:
    here = named_in(Path(__file__).resolve())
    assert set(HERE.values()) <= here
    for pattern, (file, *names) in ELSEWHERE.items():
        assert set(names) <= named_in(UNIT / file), pattern
        text = (UNIT / file).read_text(encoding="utf-8")
        for entry in ENTRIES:
            if re.fullmatch(pattern, entry):
                assert entry.split(".")[0] in text or f'"{entry.rsplit(".", 1)[1]}"' in text or entry.split(".")[1] in text, entry  # fmt: skip


def test_a_new_claim_without_a_test_is_refused() -> None:
    assert homes("fact.unheard_of") == []
    assert homes("UP-Z9.failed") == []


# facts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exposure", "limit", "oldest", "late", "said"),
    [
        (101, 100, 0, 0, {"over_limit"}), (100, 100, 0, 0, set()), (500, None, 0, 0, set()), (None, 100, None, None, set()),
        (50, 100, 31, 10, {"oldest_overdue"}), (50, 100, 30, 10, set()), (50, 100, 31, 0, set()),
    ],
)  # fmt: skip
def test_what_is_owed_is_told_only_beyond_its_bound(exposure: Any, limit: Any, oldest: Any, late: Any, said: set[str]) -> None:  # fmt: skip
    values = {"exposure": exact(exposure), "limit_current": exact(limit), "oldest_days": oldest, "long_overdue": exact(late)}  # fmt: skip
    row = pd.DataFrame({name: pd.Series([one], index=["A"], dtype=object) for name, one in values.items()})  # fmt: skip
    assert {fact.kind for _, fact in alerts.owed(row)} == said


def exact(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))


def told(**tables: list[dict[str, Any]]) -> Any:
    """A connection that holds these rows."""
    import duckdb  # noqa: PLC0415 - one fixture

    con = duckdb.connect()
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)
        con.register(f"given_{name}", frame)
        con.execute(f"CREATE TABLE {name} AS FROM given_{name}")
    return con


@pytest.mark.parametrize(
    ("equity", "income", "said"),
    [(-1.0, 1.0, {"negative_equity"}), (0.0, 0.0, set()), (1.0, -1.0, {"loss"}), (1.0, 1.0, set()), (None, None, set())],
)  # fmt: skip
def test_what_a_statement_shows_is_told_only_below_zero(equity: Any, income: Any, said: set[str]) -> None:  # fmt: skip
    row = {"customer_id": "A", "period_end": date(2024, 12, 31), "published_on": date(2025, 5, 1), "currency": "EUR", "total_assets": None if equity is None else Decimal(10), "total_liabilities": Decimal(5)}  # fmt: skip
    con = told(financials=[row | {"equity": exact(equity), "net_income": exact(income)}, {**row, "period_end": date(2023, 12, 31), "equity": Decimal(-9), "net_income": Decimal(-9)}])  # fmt: skip
    assert {
        fact.kind for _, fact in alerts.stated(con)
    } == said  # the loss of the year before is not today's


@pytest.mark.parametrize(("value", "said"), [(54.9, [True]), (55.0, []), (90.0, []), (90.1, [False])])  # fmt: skip
def test_an_alarm_is_told_only_beyond_its_bound(value: float, said: list[bool]) -> None:
    one = AttributeConfig(name="index", dtype="number", pillar="credit_record", unit="points", direction=-1, alarm_below=55, alarm_above=90, wording_en="Index", wording_zh="指数")  # fmt: skip
    con = told(attributes=[{"customer_id": "A", "known_on": date(2025, 1, 1), "index": value}])
    assert [fact.is_below for _, fact in alerts.alarming(con, [one])] == said


def test_an_event_is_told_only_of_who_had_it() -> None:
    """B's insolvency stays for good; its old legal action and its rating are no fact; A had none."""
    rows = [("B", "insolvency", 2019), ("B", "legal_action", 2019), ("B", "external_rating", 2025), ("C", "legal_action", 2025)]  # fmt: skip
    con = told(events=[{"customer_id": who, "kind": kind, "occurred_on": date(year, 6, 1)} for who, kind, year in rows])  # fmt: skip
    found = {(who, fact.event) for who, fact in alerts.happened(con, date(2026, 1, 1), 24)}
    assert found == {("B", "insolvency"), ("C", "legal_action")}


# actions -----------------------------------------------------------------------------------------------------------


def test_each_cause_is_said_only_where_it_holds() -> None:
    """Random customers: what is said is so, by its own words; each is said of somebody, and each is false of somebody."""
    draw, n, rules = np.random.default_rng(5), 6_000, RateConfig()
    money = lambda: np.round(10 ** draw.uniform(1, 5.5, n))  # noqa: E731 - three words, used seven times
    one = Case(
        grade=draw.integers(1, 11, n), worst_grade=10, exposure=money(), long_overdue=np.where(draw.random(n) < 0.7, 0, money()),
        expected_loss=np.where(draw.random(n) < 0.9, 10.0, money()), limit=money(), ceiling=money() * 10, is_need_bound=draw.random(n) < 0.5,
        limit_current=np.where(draw.random(n) < 0.3, np.nan, money()), is_paid_for=draw.random(n) < 0.9,
    )  # fmt: skip
    band, risky = 1 + rules.limit_band, one.grade >= rules.at_risk_from_grade
    late = (one.long_overdue > rules.overdue_amount) & (one.long_overdue > rules.overdue_share * one.exposure)  # fmt: skip
    listed = ~np.isnan(one.limit_current)
    with np.errstate(invalid="ignore"):
        holds = {
            "worst_grade": one.grade == 10, "at_risk_overdue": risky & late, "at_risk": risky, "loss_above_allowed": one.expected_loss > rules.allowed_loss,
            "limit_above": listed & (one.limit_current > one.ceiling * band),
            "balance_above": (~listed & (one.exposure > one.limit * band) & ~one.is_need_bound) | (one.exposure > one.ceiling),
            "overdue": late, "over_limit": listed & (one.exposure > one.limit_current), "balance_above_need": ~listed & (one.exposure > one.limit * band),
            "weak_grade": one.grade >= rules.weak_from_grade, "terms_unpaid": ~one.is_paid_for,
            "room": listed & (one.limit > one.limit_current * band) & (one.grade <= rules.good_until_grade),
        }  # fmt: skip
    found, causes = actions(one, rules)
    said = np.array(causes)
    for name, true in holds.items():
        assert (said == name).any(), name
        assert true[said == name].all(), name
        assert not true.all(), name
    nothing = said == "nothing"
    assert nothing.any()
    calling = [name for name in holds if name != "room"]
    assert not any(holds[name][nothing].any() for name in calling)
    assert all((np.array(found) == action).any() for action in ("stop", "secure", "reduce", "review", "grow", "keep"))  # fmt: skip
    entries = {entry.split(".")[1] for entry in ENTRIES if entry.startswith("cause.")}
    assert entries == {*holds, "nothing"}


# levers ------------------------------------------------------------------------------------------------------------


def test_what_is_said_to_lift_lifts_and_what_falls_short_does() -> None:
    """Random answers to the same proposals: a payment that is offered gives a better grade, one that is short does not."""
    rows = [*ITEMS, ITEMS[0] | {"invoice_id": "I0", "is_disputed": True, "open": Decimal(30)}]
    tried, draw = proposals(case(*rows, limit=Decimal(450))), np.random.default_rng(3)
    kinds, silent = set(), 0
    for _ in range(400):
        chance = 10 ** draw.uniform(-1.2, -0.4, len(tried))
        found, now = helps(tried, chance, SCALE, "on_file"), grades(chance)
        better = [one.kind for one, grade in zip(tried, now, strict=True) if grade < now[0] and one.kind not in (None, "plan", "statement")]  # fmt: skip
        silent += not better
        assert (found.reached is not None) == bool(better)
        if found.reached is not None:
            assert found.reached.grade < found.grade
            kinds.add(found.reached.kind)
        if found.short is not None:
            assert found.reached is not None
            assert found.short.grade >= found.grade
            assert found.short.n_items < found.reached.n_items
        assert all(one.pd < chance[0] for one in found.levers if one.kind not in ("plan", "statement"))  # fmt: skip
    assert silent > 5
    assert kinds >= {"oldest", "largest", "disputes"}


def grades(chance: Any) -> Any:
    return np.searchsorted(ScaleConfig().grade_bounds, chance, side="right") + 1


# recalibration -----------------------------------------------------------------------------------------------------


@functools.cache
def climbs() -> list[Any]:
    """Books that are right, off in level, in spread, in order, and too small."""
    given = [(4000, {}), (4000, {"shift": 0.7}), (6000, {"slope": 0.5}), (4000, {"slope": -0.6}), (150, {"shift": 1.0}), (900, {"slope": 0.6, "shift": 0.4})]  # fmt: skip
    return [climb(drawn(n, **more), RecalibrateConfig()) for n, more in given]


def test_each_rung_says_what_its_test_found() -> None:
    sure, reasons = RecalibrateConfig().significance, set()
    for found in climbs():
        for place, step in enumerate(found.steps):
            reasons.add(step.reason)
            if step.reason == "taken":
                assert step.p_value < sure
            if step.reason == "sufficient":
                assert step.p_value >= sure
            assert (step.reason == "too_few") == (step.defaults < step.needed)
            if step.reason == "not_asked":
                assert not found.steps[place - 1].taken
    assert reasons >= {"taken", "sufficient", "not_asked", "too_few"}


def test_what_was_decided_is_what_the_rungs_say() -> None:
    decided = set()
    for found in climbs():
        taken = [step.step for step in found.steps if step.taken]
        decided.add(found.decision)
        assert found.decision == ("refit" if any(step.reason == "lost" for step in found.steps) else taken[-1] if taken else "none")  # fmt: skip
        assert (found.correction.intercept, found.correction.slope) == (0.0, 1.0) or taken
    assert decided >= {"none", "offset", "slope", "refit"}


def year(offset: float, chance: float) -> Outlook:
    day = date(2025, 1, 1)
    return Outlook.model_validate({"from": day, "until": day, "use_from": day, "use_until": day, "offset": offset, "error": 0.2, "low": -1.0, "high": 1.0, "chance": chance, "needed": 0.7, "lasting": 0.4, "passing": 0.4, "half_life": 0.5, "trend": ()})  # fmt: skip


@pytest.mark.parametrize(("shift", "chance", "said"), [(0.7, 0.9, "taken"), (0.7, 0.5, "faded"), (0.0, 0.9, "newest"), (0.0, 0.5, "sufficient")])  # fmt: skip
def test_the_coming_year_is_advised_only_where_it_helps_enough(shift: float, chance: float, said: str) -> None:  # fmt: skip
    evidence, outlook = drawn(4000, shift=shift), year(0.4, chance)
    found = climb(evidence, RecalibrateConfig(), Ahead(outlook, evidence.odds))
    assert found.steps[0].reason == said
    assert outlook.advised == (chance >= outlook.needed)
    assert (found.decision == "none") == (not outlook.advised)


@pytest.mark.parametrize(
    ("rows", "shift", "said"),
    [(0, None, "No outcome has matured"), (50, None, "stands untested"), (50, 0.3, "would have been found")],
)  # fmt: skip
def test_what_is_said_of_power_is_said_of_that_sample_alone(rows: int, shift: float | None, said: str) -> None:  # fmt: skip
    cohort = Cohort.model_validate({"from": None, "until": None, "rows": rows, "customers": rows, "defaults": 0, "seen_at_registration": False})  # fmt: skip
    text = str(_power(Recalibration.model_construct(cohort=cohort, detectable_shift=shift, power=0.8)))  # fmt: skip
    others = {"No outcome has matured", "stands untested", "would have been found"} - {said}
    assert said in text
    assert not any(other in text for other in others)


def test_power_is_told_only_of_a_test() -> None:
    for found in climbs():
        assert (found.detectable_shift is None) == all(step.reason == "too_few" for step in found.steps)  # fmt: skip
    assert climb(drawn(60), RecalibrateConfig()).detectable_shift is None


# data quality ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [((10, 0.10), None, None), ((10, 0.10), (10, 0.10), "same"), ((10, 0.124), (10, 0.10), "same"), ((10, 0.126), (10, 0.10), "more"),
     ((10, 0.07), (10, 0.10), "fewer"), ((0, 0.0), (10, 0.10), "gone"), ((0, 0.0), (0, 0.0), "same"), ((10, 0.10), (0, 0.0), "new")],
)  # fmt: skip
def test_a_trend_is_that_of_the_share(now: tuple[int, float], before: tuple[int, float] | None, said: str | None) -> None:  # fmt: skip
    previous = None if before is None else Before(broken=before[0], share=before[1], amount=None)
    rule = RuleFinding.model_construct(broken=now[0], value=now[1], previous=previous)
    assert _trend(rule) == said
