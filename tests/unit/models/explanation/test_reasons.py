"""Reasons: few, in words, one per correlated group, and such that a reader can follow them."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from contracts.config.explanation import ExplainConfig
from models.explanation.phrases import CHINESE, ENGLISH, Phrases
from models.explanation.reasons import correlated_groups, describe, hashed_sample, spokesman
from models.explanation.wording import Feature, rendered, sentences
from tests.serve_project import lineage, simulate


def feature(name: str, direction: int = 1, typical: object = 4.0, **more: object) -> Feature:
    values = {
        "pillar": "credit_record",
        "unit": "days",
        "dtype": "number",
        "tables": ("payments",),
        "wording_en": name,
        "wording_zh": f"{name}（中）",
        "reason_en": f"{name} {{value}}, others {{typical}}",
        "reason_zh": f"{name}：{{value}}，同类 {{typical}}",
        **more,
    }
    return Feature(name=name, direction=direction, typical=typical, **values)


def speak(
    features: list[Feature],
    points: list[float],
    values: dict[str, object],
    groups: Sequence[list[str]] = (),
    most: int = 4,
    least: float = 0.0,
) -> list[tuple[str, str]]:
    speaker = spokesman(
        features,
        groups,
        np.zeros(len(features)),
        currency="EUR",
        config=ExplainConfig(reasons=most, least_points=least),
    )
    found = speaker.reasons(np.array([points], dtype=float), pd.DataFrame([values]))[0]
    return [(features[position].name, english) for position, english, _ in found]


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


def test_points_are_judged_against_a_healthy_customer() -> None:
    """-3 points are no reason where healthy customers have -5, and -6 are."""
    features = [feature("a"), feature("b")]
    speaker = spokesman(
        features, [], np.array([-5.0, -5.0]), currency="EUR", config=ExplainConfig(least_points=0)
    )
    found = speaker.reasons(np.array([[-3.0, -6.0]]), pd.DataFrame([{"a": 9.0, "b": 9.0}]))
    assert [position for position, _, _ in found[0]] == [1]


def test_a_number_on_the_harmless_side_or_equal_to_the_typical_is_no_reason() -> None:
    features = [feature("more", 1), feature("less", -1), feature("same", 1), feature("free", 0)]
    values = {"more": 3.0, "less": 3.0, "same": 4.04, "free": 3.0}
    assert [name for name, _ in speak(features, [-1, -2, -3, -4], values)] == ["free", "less"]


def test_what_is_missing_is_said_to_be_unknown_in_both_languages() -> None:
    features = [
        feature("a"),
        feature("b", tables=("financials",)),
        feature("c", tables=("attributes",)),
    ]
    speaker = spokesman(
        features, [], np.zeros(3), currency="EUR", config=ExplainConfig(least_points=0)
    )
    rows = pd.DataFrame([{"a": np.nan, "b": np.nan, "c": np.nan}])
    found = speaker.reasons(np.array([[-1.0, -2.0, -3.0]]), rows)[0]
    assert [english for _, english, _ in found] == [
        "Not known: c.",
        "No financial statement is on file.",
        "Not known, for lack of payment history: a.",
    ]
    assert [chinese for _, _, chinese in found] == [
        "未知：c（中）。",
        "没有存档的财务报表。",
        "缺少付款记录，无法得知：a（中）。",
    ]


def test_a_statement_that_lacks_one_figure_is_not_called_absent_and_said_once_where_all_lack() -> (
    None
):
    features = [feature("b", tables=("financials",)), feature("c", tables=("financials",))]
    partly = speak(features, [-1, 2], {"b": np.nan, "c": 1.0})
    assert partly == [("b", "Not reported in the financial statements on file: b.")]
    nothing = speak(features, [-1, -2], {"b": np.nan, "c": np.nan})
    assert [english for _, english in nothing] == ["No financial statement is on file."]


def test_a_category_speaks_where_it_is_not_the_commonest() -> None:
    features = [feature("k", 0, "steel", dtype="category", unit="category")]
    assert speak(features, [-1], {"k": "build"}) == [("k", "k build, others steel")]
    assert speak(features, [-1], {"k": "steel"}) == []


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
            assert re.search(r"[\u4e00-\u9fff]", right)


def test_typical_is_the_median_of_the_healthy() -> None:
    rows = simulate(60, 24).rows
    found = {
        one.name: one
        for one in describe(lineage(), ["payments_days_late_mean_90d", "industry"], rows)
    }
    assert (
        found["payments_days_late_mean_90d"].typical == rows["payments_days_late_mean_90d"].median()
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
