"""The model validation page: its figures are the pack's, it says everything once, in both languages, and what is missing."""

from __future__ import annotations

import math
import re
from collections import Counter
from html import unescape
from typing import Any

import pytest

from contracts.errors import ContractError
from reports.frame import palette
from reports.frame.grid import Column, Table, figure, shown, whisker
from reports.model import charts
from reports.model import page as model_validation
from reports.model.answers import answers, nearest
from tests.validation_packs import Pack, demo_pack, listed_pack

PACKS = {"demo": demo_pack, "listed": listed_pack}
packs = pytest.mark.parametrize("pack", [make() for make in PACKS.values()], ids=list(PACKS))
PAIR = re.compile(r'<span lang="en">(.*?)</span><span lang="zh-Hans">(.*?)</span>', re.DOTALL)
FIGURE = re.compile(r"\d[\d,.]*\d|\d")


def section(html: str, number: int) -> str:
    """The page from the heading of a section to the next heading of its rank."""
    return html.split(f">{number}. ", 1)[1].split("<h2>", 1)[0]


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html)).replace("\N{NO-BREAK SPACE}", " ")


def english(html: str) -> str:
    return plain(re.sub(r'<span lang="zh-Hans">.*?</span>', "", html, flags=re.DOTALL))


def test_the_figures_on_the_page_are_the_packs() -> None:
    """AUC 0.852 with half width 0.28 / sqrt(868) * 0.9 = 0.00855: 0.843 to 0.861; level exp(0.041) = 1.042 from exp(0.041 - 4 * 0.00855) = 1.007."""
    html = model_validation.render(demo_pack())
    ranking = section(html, 2)
    assert 'class="n">0.852 <span class="ci">0.843 – 0.861</span>' in ranking
    assert 'class="n">0.825 <span class="ci">0.816 – 0.834</span>' in ranking
    assert 'class="n">0.883 <span class="ci">0.874 – 0.892</span>' in ranking
    assert '0.012 <span class="ci">−0.004 – 0.028</span>' in ranking  # premium in Brier skill
    assert '1.04 <span class="ci">1.01 – 1.08</span>' in section(html, 3)


@packs
def test_every_segment_shows_its_own_figures(pack: Pack) -> None:
    html = section(model_validation.render(pack), 4)
    for row in pack["segments"]:
        assert str(figure(row["roc_auc"], "figure", 2)) in html
        assert str(figure(row["level_off"], "factor", 2)) in html
        if row["level"] not in {"yes", "no", "other", "missing"}:
            assert f'<span class="data">{row["level"]}</span>' in html


@packs
def test_every_finding_is_said_once(pack: Pack) -> None:
    text = english(model_validation.render(pack))
    for row in pack["findings"]:
        assert text.count(row["title_en"]) == 1
        assert text.count(row["detail_en"]) == 1


def test_a_finding_many_share_names_six_and_counts_the_others() -> None:
    """Nine inputs share the first finding."""
    text = english(model_validation.render(demo_pack()).split("<h2>")[1])
    assert text.count("Average days late, window") == 6
    assert "and 3 more." in text


def test_the_verdict_and_three_findings_come_first() -> None:
    parts = model_validation.render(listed_pack()).split("<h2>")
    assert 'class="verdict bad"' in parts[0]
    assert "Not yet: the level" in parts[0]
    assert ">PD-C1</code>" in parts[0]
    assert parts[1].count("<li>") == 3
    assert parts[2].count("<dt>") == 6


@packs
def test_both_languages_give_the_same_numbers(pack: Pack) -> None:
    """Each English text and the Chinese beside it hold the same figures; words are the translators'."""
    pairs = PAIR.findall(model_validation.render(pack))
    assert len(pairs) > 200
    for one, other in pairs:
        numbers = [
            Counter(FIGURE.findall(re.sub(r"F1|ROC|PD-\w+", "", unescape(text))))
            for text in (one, other)
        ]
        if "and 3 more" in one:
            continue  # "and 3 more" is "9 in all"
        assert numbers[0] == numbers[1], (one, other)


def test_what_is_missing_is_said_with_its_reason() -> None:
    html = model_validation.render(listed_pack())
    text = english(html)
    assert "only a simulated portfolio knows the true probabilities" in text
    assert "the grades hold no exposure" in text
    assert "no customer is in the test part on two days" in text
    assert "No settings were searched" in text
    assert "No inputs were selected" in text
    assert "No input was compared between training and test." in text
    assert "No ledger was delivered" in text
    assert "Truth" not in text
    assert "Share of balance" not in text
    assert "<tbody>\n</tbody>" not in html


def test_a_pack_of_nothing_still_makes_a_page_that_says_so() -> None:
    """One class in every part: no figure is defined, no list has a row."""
    empty = {
        "findings": [], "checks": [], "parts": [], "two_by_two": [], "models": {}, "premium": None, "migrations": None,
        "reliability": {}, "score_distribution": [], "roc": {}, "grades": [], "tests": [], "segments": [], "as_of": [], "stability": [],
        "scorecard": None, "words": {},
        "lightgbm": listed_pack()["lightgbm"] | {"members": [], "calibration": {"method": "offset", "candidates": []}},
    }  # fmt: skip
    html = model_validation.render(listed_pack() | empty)
    assert html.count('class="absent"') >= 15
    assert english(html).count("It cannot be said") == 5


def test_what_is_not_defined_is_a_dash_and_never_a_number() -> None:
    """A group without a default has no ranking and no level: its row is there, with dashes."""
    pack = demo_pack()
    nothing = {"value": None, "low": None, "high": None}
    pack["segments"][0] |= {
        "defaults": 0, "roc_auc": None, "scorecard_auc": nothing, "level_off": nothing, "jeffreys_p": None,
    }  # fmt: skip
    row = section(model_validation.render(pack), 4).split(">food<")[1].split("</tr>")[0]
    assert row.count(">–</td>") == 5  # two drawings, two rankings, one level
    assert "nan" not in row.lower()


def test_the_page_is_as_large_for_ten_times_as_much() -> None:
    small, large = (len(model_validation.render(demo_pack(times))) for times in (1, 10))
    assert large < 1.35 * small
    assert large < 600_000
    html = model_validation.render(demo_pack(10))
    # four ways to split the customers, eight groups of each
    assert "Shown: 32 of 150. All are in validation_model.xlsx." in english(section(html, 4))


def test_a_long_name_is_cut() -> None:
    pack = demo_pack()
    pack["segments"][0]["level"] = "x" * 10_000
    assert len(model_validation.render(pack)) < len(model_validation.render(demo_pack())) + 1_500


def test_gates_tell_waived_from_blocking() -> None:
    gates = section(model_validation.render(listed_pack()), 9)
    rows = {code: gates.split(f">{code}<")[1].split("</tr>")[0] for code in ("PD-C1", "PD-S1", "PD-R1")}  # fmt: skip
    assert 'class="badge bad"' in rows["PD-C1"]
    assert 'class="badge warn"' in rows["PD-S1"]
    assert 'class="badge info"' in rows["PD-R1"]


@packs
def test_a_pack_that_lacks_a_part_is_refused(pack: Pack) -> None:
    del pack["segments"], pack["words"]
    with pytest.raises(ContractError, match="lacks 2 of its 27 parts") as caught:
        model_validation.render(pack)
    assert caught.value.value == "segments, words"


def points(svg: str) -> list[tuple[float, float, str]]:
    """Place and fill of every dot of a chart."""
    marks = re.findall(r'<path aria-label[^>]*>|<path transform="translate\([^>]*>', svg)
    found = []
    for mark in marks:
        place = re.search(r"translate\(([-\d.]+),([-\d.]+)\)", mark)
        fill = re.search(r'fill="([^"]+)"', mark)
        if place and fill and "stroke=" in mark:
            found.append((float(place[1]), float(place[2]), fill[1]))
    return found


def test_reliability_is_drawn_on_logarithms() -> None:
    """Axes 0.1 % to 10 %, 250 x 220: 1 % lies half way at (125, 110), 0.1 % at (0, 220); no default stands hollow at the foot."""
    bins = [
        {"mean_pd": 0.001, "rate": 0.0, "low": 0.0, "high": 0.003},
        {"mean_pd": 0.01, "rate": 0.01, "low": 0.006, "high": 0.02},
        {"mean_pd": 0.1, "rate": 0.05, "low": 0.03, "high": 0.1},
    ]
    svg = str(charts.reliability(bins, [bins], palette.ACCENT))
    drawn = points(svg)
    up = 220 * (1 - math.log10(50) / 2)  # 5 % is 50 times the foot of two decades
    assert [one[:2] for one in drawn] == [
        pytest.approx((0, 220), abs=0.01),
        pytest.approx((125, 110), abs=0.01),
        pytest.approx((250, up), abs=0.01),
    ]
    assert [one[2] for one in drawn] == [palette.PAPER, palette.ACCENT, palette.ACCENT]
    assert "0.3 %" in svg


def test_charts_of_nothing_are_not_drawn() -> None:
    assert charts.reliability([], [[]], palette.ACCENT) is None
    assert charts.roc({"lightgbm": []}) is None
    assert charts.scores([]) is None
    assert charts.grades([]) is None
    assert charts.dates([], "roc_auc") is None
    assert charts.moves([[0, 0], [0, 0]]) is None


def test_the_drawn_interval_lies_where_its_numbers_say() -> None:
    """From 0.5 to 1: 0.8 at 60 %, 0.7 to 0.9 from 40 % over 40 %; what lies outside ends at the edge."""
    html = whisker({"value": 0.8, "low": 0.7, "high": 0.9}, (0.5, 1.0, 0.5))
    assert 'range" style="left:40.0%;width:40.0%"' in html
    assert 'dot" style="left:60.0%"' in html
    assert 'dot" style="left:0.0%"' in whisker({"value": 0.2, "low": None, "high": None}, (0.5, 1.0, 0.5))  # fmt: skip


def test_what_repeats_is_said_in_the_first_row_only() -> None:
    table = Table(("", ""), [Column("a", ("A", "甲"), "data", is_once=True)], [{"a": "x"}, {"a": "x"}, {"a": "y"}], ("", ""))  # fmt: skip
    assert [plain(row[0][0]) for row in shown(table)["rows"]] == ["x", "", "y"]


def test_moves_to_riskier_grades_are_the_upper_bandwidth() -> None:
    """Upper: above the diagonal of a matrix whose grades grow riskier from left to right."""
    assert "to riskier grades 0.081, to safer ones 0.094" in english(section(model_validation.render(demo_pack()), 5))  # fmt: skip


def test_a_finding_names_levels_in_words_and_keeps_what_is_said_of_each() -> None:
    text = english(model_validation.render(demo_pack()))
    assert "Shared by: Industry transport (+0.31); Without a statement (−0.22)." in text
    assert "not known" in section(model_validation.render(demo_pack()), 4)  # a level `missing`


def said(pack: Pack) -> dict[str, str]:
    return {one.asks[0]: one.says[0] for one in answers(pack)}


def test_the_six_questions_are_answered_with_the_packs_numbers() -> None:
    text = {ask: says.replace("\N{NO-BREAK SPACE}", " ") for ask, says in said(demo_pack()).items()}
    assert "Ranking 0.85 (0.84 to 0.86)" in text["How good?"]
    assert "0.88 (0.87 to 0.89) the best possible" in text["How good?"]
    assert "1.04 (1.01 to 1.08) came" in text["How good?"]  # exp(0.041)
    assert "9.4 % (8.5 % to 10.3 %) of the error" in text["How good?"]
    assert "best for customers with a statement: 0.86" in text["For whom?"]
    assert "worst for industry transport: 0.80" in text["For whom?"]
    assert "Tested from 2024-01-31 to before 2025-01-01" in text["Since when?"]
    assert "868 observations that ended in default, of 391 customers" in text["How sure?"]
    assert "the model has 0.054 (0.025 to 0.083) more. The complexity pays" in text["Against what simple alternative?"]  # fmt: skip
    assert "4 of 6 gates passed" in text["What would make it fail?"]
    assert "nearest to failing is PD-D1: 0.831 against a threshold of 0.6" in text["What would make it fail?"]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.01, 0.09, "The complexity pays"),
        (-0.02, 0.09, "was not shown"),
        (-0.09, -0.01, "The scorecard is better"),
    ],
)
def test_what_the_complexity_buys_follows_the_interval(low: float, high: float, told: str) -> None:
    pack = demo_pack()
    pack["premium"]["gini"] = {"value": (low + high) / 2, "low": low, "high": high}
    assert told in said(pack)["Against what simple alternative?"]


def test_a_group_of_few_defaults_is_not_called_the_weakest() -> None:
    pack = demo_pack()
    pack["segments"][1] |= {"defaults": 3, "roc_auc": {"value": 0.51, "low": 0.2, "high": 0.8}}
    assert "0.51" not in said(pack)["For whom?"]


def test_overlapping_groups_may_differ_by_chance() -> None:
    assert "overlap" in said(listed_pack())["For whom?"]
    assert "overlap" not in said(demo_pack())["For whom?"]


def test_the_nearest_gate_is_measured_against_the_larger_number() -> None:
    """0.041 against 0.5 is 92 % away, 13 against 12 is 8 %, 0 against 0 is a count."""
    rows: list[dict[str, Any]] = [{"value": 0.041, "threshold": 0.5}, {"value": 13.0, "threshold": 12.0}, {"value": 0.0, "threshold": 0.0}]  # fmt: skip
    assert nearest(rows) == rows[1]
    assert nearest([]) is None


def test_the_nearest_gate_is_the_one_whose_interval_comes_nearest() -> None:
    """The level is off by 0.72, of which chance leaves 0.499: as good as failed at 0.5."""
    pack = demo_pack()
    level = {"code": "PD-C1", "outcome": "passed", "value": 0.7214, "end": 0.499, "threshold": 0.5}
    pack["checks"] = [row for row in pack["checks"] if row["code"] != "PD-C1"] + [level]
    told = said(pack)["What would make it fail?"]
    assert "PD-C1: 0.721 (0.499 after allowing for chance) against a threshold of 0.5" in told


def test_each_test_is_told_once_with_both_models_beside_each_other() -> None:
    text = section(model_validation.render(demo_pack()), 3)
    assert english(text).count("Right in every tenth? (hosmer)") == 1
    row = text.split("Right in every tenth? (hosmer)")[1].split("</tr>")[0]
    assert row.count(">0.4\N{NO-BREAK SPACE}%<") == 2
    assert row.count('class="badge bad"') == 2


def test_a_sentence_is_not_cut_where_a_name_would_be() -> None:
    pack = demo_pack()
    pack["checks"][0]["detail"] = "word " * 70 + "end."
    assert "end." in section(model_validation.render(pack), 9)
