"""Reasons: few, in words, one per correlated group, and such that a reader can follow them."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import date

import numpy as np
import pandas as pd

from contracts.config.explanation import ExplainConfig
from features.catalog import catalogue
from models.explanation.absent import LATENESS, STATEMENTS, Absent, absent
from models.explanation.groups import correlated_groups, hashed_sample
from models.explanation.peers import Peers, newest_healthy, peers
from models.explanation.phrases import CHINESE, ENGLISH, Phrases
from models.explanation.reasons import Spokesman, describe, spokesman
from models.explanation.wording import Feature, rendered, sentences
from tests.serve_project import lineage, simulate


def feature(name: str, direction: int = 1, typical: object = 4.0, **more: object) -> Feature:
    values = {
        "pillar": "credit_record",
        "unit": "days",
        "dtype": "number",
        "subject": name,
        "role": "reason",
        "speaks": direction,
        "is_change": False,
        "tables": ("payments",),
        "wording_en": name,
        "wording_zh": f"{name}（中）",
        "reason_en": f"{name} {{value}}, others {{typical}}",
        "reason_zh": f"{name}：{{value}}，同类 {{typical}}",
        **more,
    }
    return Feature(name=name, direction=direction, typical=typical, **values)


def reader(
    features: list[Feature], groups: Sequence[list[str]] = (), most: int = 4, least: float = 0.0,
    healthy_points: Sequence[float] | None = None, industry: dict[str, dict[str, object]] | None = None,
) -> Spokesman:  # fmt: skip
    typical = {"": {one.name: one.typical for one in features}, **(industry or {})}
    day = date(2024, 12, 1)
    return spokesman(
        features,
        groups,
        (np.array(healthy_points or np.zeros(len(features))), Peers(day, day, 99, typical)),
        currency="EUR",
        config=ExplainConfig(reasons=most, least_points=least),
    )


def missing(rows: int = 1, *, statement: bool = False, payment: bool = False) -> Absent:
    return Absent(np.full(rows, statement), np.full(rows, payment), 365)


def speak(
    features: list[Feature],
    points: list[float],
    values: dict[str, object],
    groups: Sequence[list[str]] = (),
    gone: Absent | None = None,
    **more: object,
) -> list[tuple[str, str]]:
    speaker = reader(features, groups, **more)
    rows = pd.DataFrame([values])
    found = speaker.reasons(np.array([points], dtype=float), rows, [None], gone or missing())[0]
    return [(features[one.position].name, one.english) for one in found if one.role == "reason"]


def test_the_costliest_speak_first_and_one_per_group() -> None:
    features = [feature(name) for name in "abcd"]
    said = speak(
        features,
        [-5, -9, -7, 3],
        {"a": 9.0, "b": 8.0, "c": 7.0, "d": 6.0},
        [["a"], ["b", "c"], ["d"]],
    )
    assert said == [("b", "b 8 days, others 4 days"), ("a", "a 9 days, others 4 days")]


def test_no_more_than_asked_for_and_none_for_a_healthy_customer() -> None:
    features = [feature(name) for name in "abcde"]
    values = dict.fromkeys("abcde", 9.0)
    assert len(speak(features, [-1, -2, -3, -4, -5], values)) == 4
    assert [name for name, _ in speak(features, [-1, -2, -3, -4, -5], values, most=1)] == ["e"]
    assert speak(features, [1, 2, 0, 4, 5], values) == []


def test_what_costs_next_to_nothing_is_no_reason() -> None:
    features = [feature("a"), feature("b")]
    values: dict[str, object] = {"a": 9.0, "b": 9.0}
    assert [name for name, _ in speak(features, [-2.9, -3.1], values, least=3.0)] == ["b"]


class _Asked:
    """A model that answers with the points that each input would gain, alone or together."""

    def __init__(self, worth: Sequence[float]) -> None:
        self.worth = np.array(worth)

    def scores(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All of one grade, whatever is healed: see `test_trial.py`."""
        return np.zeros(len(codes)), np.ones(len(codes))

    def codes(self, rows: pd.DataFrame) -> np.ndarray:
        return rows.to_numpy(dtype=np.float64)

    def usual(self, _: Peers, groups: Sequence[str]) -> np.ndarray:
        return np.zeros((len(groups), len(self.worth)))

    def gains(self, *given: np.ndarray) -> np.ndarray:
        return np.asarray(given[-1] @ self.worth)


def test_what_costs_little_and_would_gain_a_reasons_points_is_told_after_what_costs_them() -> None:
    """Shared out by SHAP values an interaction costs each of two ideas little; healed, one of them gives it all back."""
    features = [feature(one) for one in "abcde"]
    points = np.array([[-10.0, -0.5, -1.0, -9.0, 2.0], [0.0, -0.5, 0.0, 0.0, 0.0]])
    values = pd.DataFrame({one.name: [9.0, 9.0] for one in features})
    asked = _Asked(
        [5.0, 3.0, 2.9, 0.0, 50.0]
    )  # d gains nothing; e costs nothing, so it is no reason whatever it gains
    who = reader(features, least=3.0)
    told = who.reasons(points, values, [None, None], missing(2), asked)  # type: ignore[arg-type]
    assert [[features[one.position].name for one in some] for some in told] == [["a", "b"], ["b"]]
    alone = who.reasons(points, values, [None, None], missing(2))
    assert [[features[one.position].name for one in some] for some in alone] == [["a", "d"], []]


def test_points_are_judged_against_a_healthy_customer() -> None:
    """-3 points are no reason where healthy customers have -5, and -6 are."""
    features = [feature("a"), feature("b")]
    said = speak(features, [-3.0, -6.0], {"a": 9.0, "b": 9.0}, healthy_points=[-5.0, -5.0])
    assert [name for name, _ in said] == ["b"]


def test_a_number_on_the_harmless_side_or_equal_to_the_typical_is_no_reason() -> None:
    features = [feature("more", 1), feature("less", -1), feature("same", 1), feature("free", 0)]
    values = {"more": 3.0, "less": 3.0, "same": 4.04, "free": 3.0}
    assert [name for name, _ in speak(features, [-1, -2, -3, -4], values)] == ["free", "less"]


def test_a_rank_is_missing_for_a_reason_only_where_what_it_ranks_is_not_known() -> None:
    """Without an industry nobody is ranked: a debt ratio of 7 % was said not to follow from the statements on file."""
    words = {"wording_en": "rank among its industry: debt ratio", "wording_zh": "同行业排名：负债率", "is_rank": True, "tables": ("customers", "financials")}  # fmt: skip
    rank = feature("peers_debt_rank", **words)
    assert speak([rank], [-9.0], {"peers_debt_rank": np.nan, "debt": 0.07}) == []
    assert speak([rank], [-9.0], {"peers_debt_rank": np.nan}) == []  # nobody can tell why
    who, rows = reader([rank]), pd.DataFrame([{"peers_debt_rank": np.nan, "debt": np.nan}])
    (said,) = who.reasons(np.array([[-9.0]]), rows, [None], missing())[0]
    assert said.english == "Cannot be worked out from the financial statements on file: debt ratio."
    assert said.chinese == "根据存档财务报表无法算出：负债率。"


def test_what_is_missing_is_a_reason_only_where_it_can_be_told_why() -> None:
    """57 customers with a median of 91 payments a year were said to have no payment history: one window had none."""
    features = [
        feature("short window", subject="lateness"),
        feature("long window", subject="lateness"),
        feature("debt to EBITDA", tables=("financials",)),
        feature("index", tables=("attributes",)),
        feature("overdue share", tables=("invoices", "payments")),
        feature("days since an event", tables=("events",)),
    ]
    nothing = dict.fromkeys((one.name for one in features), np.nan)
    points = [-9.0, -8, -7, -6, -5, -4]
    assert [said for _, said in speak(features, points, nothing)] == [
        "Cannot be worked out from the financial statements on file: debt to EBITDA.",
        "Not known: index.",
    ]
    gone = missing(statement=True, payment=True)
    assert [said for _, said in speak(features, points, nothing, gone=gone)] == [
        "No payment from it is on record for the last 365 days.",
        "No financial statement is on file.",
        "Not known: index.",
    ]


def test_what_is_absent_is_told_from_the_whole_matrix_and_the_longest_window() -> None:
    declared = pd.DataFrame(
        {"feature": ["late_90d", "late_365d", "worst_365d", "equity"], "window_days": [90, 365, 365, None],
         "subject": ["lateness", "lateness", "lateness", "capital"]}
    )  # fmt: skip
    nan = np.nan
    book = pd.DataFrame(
        {"late_90d": [nan, nan, 1.0], "late_365d": [3.0, nan, 2.0], "worst_365d": [9.0, nan, 4.0],
         "equity": [nan, nan, nan], "statement_number_count": [2.0, 0.0, nan]}
    )  # fmt: skip
    found = absent(book, declared)
    assert (found.payment.tolist(), found.days) == ([False, True, False], 365)
    assert found.statement.tolist() == [False, True, True]
    few = absent(book[["equity"]], declared)  # too little is built to tell: nothing is claimed
    assert not few.payment.any()
    assert not few.statement.any()


def test_the_features_that_tell_what_is_absent_are_in_the_catalogue() -> None:
    every = {one.name: one for one in catalogue((90, 365))}
    assert every[STATEMENTS].low == 0.0
    assert {one.name for one in every.values() if one.subject == LATENESS} >= {
        "payments_days_late_mean_365d"
    }


def test_one_subject_speaks_once_whatever_its_windows() -> None:
    features = [feature("a", subject="lateness"), feature("b", subject="lateness"), feature("c")]
    said = speak(features, [-9.0, -8, -7], {"a": 9.0, "b": 9.0, "c": 9.0})
    assert [name for name, _ in said] == ["a", "c"]


def test_context_and_what_we_decided_are_never_reasons_and_stand_apart() -> None:
    features = [
        feature("industry", 0, "food", dtype="category", unit="category", role="context"),
        feature("cuts", 1, 0.0, role="ours", unit="count"),
        feature("age", -1, 90.0, role="context", unit="months"),
        feature("late", 1, 4.0),
    ]
    values = {"industry": "retail", "cuts": 2.0, "age": 3.0, "late": 9.0}
    row = pd.DataFrame([values])
    found = reader(features).reasons(np.array([[-57.0, -30, -20, -5]]), row, [None], missing())[0]
    assert [(one.role, one.english, one.chinese) for one in found] == [
        ("reason", "late 9 days, others 4 days", "late：9天，同类 4天"),
        ("context", "Industry: retail", "industry（中）：零售业"),
        ("ours", "Cuts: 2", "cuts（中）：2"),
    ]


def test_a_change_is_said_only_of_what_moved_that_way_and_without_its_sign() -> None:
    """The healthy improved by 5 days; one that improved by 1 has lost ground, but it did not pay later than before."""
    trend = feature(
        "trend", 1, -5.0, is_change=True, reason_en="It paid {value} later than before."
    )
    assert speak([trend], [-9.0], {"trend": -1.0}) == []
    assert speak([trend], [-9.0], {"trend": 22.0}) == [
        ("trend", "It paid 22 days later than before.")
    ]
    fall = feature(
        "equity", -1, 0.0, is_change=True, unit="percentage_points", reason_en="Its equity ratio fell by {value}."
    )  # fmt: skip
    assert speak([fall], [-9.0], {"equity": 0.21}) == []
    said = [english for _, english in speak([fall], [-9.0], {"equity": -0.21})]
    assert said == ["Its equity ratio fell by 21 percentage points."]


def test_a_sentence_holds_on_its_own_side_whatever_direction_a_portfolio_gives() -> None:
    """ "Only 3 invoices" is not said of one that has more than others, even where the model was left free to count it against."""
    free = feature(
        "invoices", 0, 10.0, speaks=-1, unit="count", reason_en="only {value}; {peers}: {typical}."
    )
    assert speak([free], [-9.0], {"invoices": 30.0}) == []
    assert speak([free], [-9.0], {"invoices": 3.0}) == [
        ("invoices", "only 3; healthy customers of all industries: 10.")
    ]
    turned = feature("invoices", 1, 10.0, speaks=-1)
    assert speak([turned], [-9.0], {"invoices": 3.0}) == []
    assert speak([turned], [-9.0], {"invoices": 30.0}) == []


def test_a_customer_is_compared_with_its_own_industry_where_that_holds_enough() -> None:
    late = feature("late", 1, 4.0, reason_en="Paid {value} late; {peers}: {typical}.")
    own = {"steel": {"late": 12.0}}
    speaker = reader([late], industry=own)
    rows = pd.DataFrame({"late": [15.0, 15.0, 10.0]})
    found = speaker.reasons(np.full((3, 1), -9.0), rows, ["steel", "food", "steel"], missing(3))
    assert [[one.english for one in row] for row in found] == [
        ["Paid 15 days late; healthy customers in its industry: 12 days."],
        ["Paid 15 days late; healthy customers of all industries: 4 days."],
        [],  # 10 days are on the healthy side in steel
    ]


def test_a_category_speaks_where_it_is_not_the_commonest() -> None:
    features = [feature("k", 0, "steel", dtype="category", unit="category")]
    assert speak(features, [-1], {"k": "build"}) == [("k", "k build, others steel")]
    assert speak(features, [-1], {"k": "steel"}) == []
    assert speak(features, [-1], {"k": None}) == []


def test_units_are_words_with_their_plural() -> None:
    late, age = feature("a"), feature("b", typical=1.0, unit="months")
    said = [sentences(one, value, "EUR") for one in (late, age) for value in (1.0, 1.4, 30.0)]
    assert [english for english, _ in said] == [
        "a 1 day, others 4 days", "a 1.4 days, others 4 days", "a 30 days, others 4 days",
        "b 1 month, others 1 month", "b 1.4 months, others 1 month", "b 30 months, others 1 month",
    ]  # fmt: skip
    assert said[0][1] == "a：1天，同类 4天"
    assert sentences(feature("c", typical=None), 2.0, "EUR")[0] == "c 2 days, others not known"


def test_both_languages_have_every_phrase_with_the_same_fields() -> None:
    for name in (field.name for field in fields(Phrases)):
        english, chinese = (getattr(one, name) for one in (ENGLISH, CHINESE))
        for left, right in zip(np.atleast_1d(english), np.atleast_1d(chinese), strict=True):
            assert re.findall(r"{\w+}", left) == re.findall(r"{\w+}", right), name
            assert re.search(r"[\u4e00-\u9fff\uff1a]", right)  # a full-width colon is Chinese, too


def test_the_healthy_are_the_newest_that_did_not_default() -> None:
    """B was healthy in March and defaulted after April; C was last seen two years ago."""
    rows = pd.DataFrame(
        [("A", "2024-04-01", False, 1.0), ("A", "2024-03-01", False, 9.0), ("B", "2024-03-01", False, 9.0),
         ("B", "2024-04-01", True, 9.0), ("C", "2022-04-01", False, 9.0), ("D", "2023-05-01", False, 3.0)],
        columns=["customer_id", "as_of", "defaulted", "late"],
    )  # fmt: skip
    found = newest_healthy(rows.assign(as_of=pd.to_datetime(rows["as_of"])))
    assert found["customer_id"].tolist() == ["A", "D"]
    made = peers(found, ["food", "food"], ["late"], least=2)
    assert made.typical("late", made.of(["food", "steel", None])) == [2.0, 2.0, 2.0]
    assert (made.since, made.until, made.customers) == (date(2023, 5, 1), date(2024, 4, 1), 2)
    assert made.as_json()["industries"] == ["food"]
    assert peers(found, ["food", "food"], ["late"], least=3).as_json()["industries"] == []


def test_typical_is_the_median_of_a_number_and_the_commonest_category() -> None:
    rows = simulate(60, 24).rows
    names = ["payments_days_late_mean_90d", "industry"]
    typical = peers(rows, rows["industry"].tolist(), names, least=20).group
    found = {one.name: one for one in describe(lineage(), names, typical[""])}
    late = rows["payments_days_late_mean_90d"]
    assert found["payments_days_late_mean_90d"].typical == late.median()
    assert (
        typical["steel"]["payments_days_late_mean_90d"]
        == late[rows["industry"] == "steel"].median()
    )
    assert found["industry"].typical == rows["industry"].mode()[0]
    assert found["industry"].tables == ("customers",)


def test_groups_need_every_pair_to_correlate() -> None:
    """a-b and b-c correlate above 0.7, a-c does not: single linkage would tie all three."""
    draw = np.random.default_rng(0)
    a, c = draw.normal(size=(2, 4000))
    frame = pd.DataFrame({"a": a, "b": a + c, "c": c + 0.35 * a, "constant": 1.0})
    rho = frame[["a", "b", "c"]].corr("spearman").to_numpy()
    assert rho[0, 2] < 0.65 < rho[0, 1]
    groups = correlated_groups(frame, 0.65)
    assert ["a", "b", "c"] not in [sorted(group) for group in groups]
    assert sorted(functools.reduce(operator.iadd, groups, [])) == ["a", "b", "c", "constant"]
    assert ["constant"] in groups
    assert sorted(map(len, groups)) == [1, 1, 2]


def test_a_sample_is_the_same_whatever_the_order_of_the_rows() -> None:
    rows = simulate(50, 24).rows
    drawn = hashed_sample(rows, 100)
    again = hashed_sample(rows.sample(frac=1, random_state=1), 100)
    key = ["customer_id", "as_of"]
    assert len(drawn) == 100
    pd.testing.assert_frame_equal(
        drawn[key].sort_values(key, ignore_index=True),
        again[key].sort_values(key, ignore_index=True),
    )


def test_numbers_read_as_people_write_them() -> None:
    shown = [
        (0.0, "days", "0"), (-0.3, "days", "−0.3"), (12.6, "months", "13"), (0.125, "share", "12%"),
        (-0.04, "share", "−4.0%"), (50_000.0, "other", "50,000"), (-0.0, "money", "EUR 0"), (1234.5, "money", "EUR 1,234"),
        (0.004, "ratio", "0.00"), (-0.001, "ratio", "0.00"), (0.012345, "other", "0.01234"), (3, "count", "3"),
    ]  # fmt: skip
    for value, unit, text in shown:
        assert rendered(value, unit, "EUR") == text, (value, unit)
    assert rendered(float("inf"), "ratio", "EUR") is None
    assert rendered(None, "days", "EUR") is None
