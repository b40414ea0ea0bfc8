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
from reports.model import charts, page
from reports.model.answers import answers, nearest
from reports.model.origins import evidence, title
from tests.validation_packs import Pack, demo_pack, document, listed_pack

PACKS = {"demo": demo_pack, "listed": listed_pack}
packs = pytest.mark.parametrize("pack", [make() for make in PACKS.values()], ids=list(PACKS))
PAIR = re.compile(r'<span lang="en">(.*?)</span><span lang="zh-Hans">(.*?)</span>', re.DOTALL)
FIGURE = re.compile(r"\d[\d,.]*\d|\d")


def render(pack: Pack) -> str:
    return page.render(document(pack))


def section(html: str, number: int) -> str:
    """The page from the heading of a section to the next heading of its rank."""
    return html.split(f">{number}. ", 1)[1].split("<h2>", 1)[0]


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def english(html: str) -> str:
    return plain(re.sub(r'<span lang="zh-Hans">.*?</span>', "", html, flags=re.DOTALL))


def test_the_figures_on_the_page_are_the_packs() -> None:
    """AUC 0.852 with half width 0.28 / sqrt(868) * 0.9 = 0.00855: 0.843 to 0.861; observed over expected 1.042 +/- 0.035: 1.007 to 1.077."""
    html = render(demo_pack())
    ranking = section(html, 2)
    assert 'class="n">0.852 <span class="ci">0.843 – 0.861</span>' in ranking
    assert 'class="n">0.825 <span class="ci">0.816 – 0.834</span>' in ranking
    assert 'class="n">0.883 <span class="ci">0.874 – 0.892</span>' in ranking
    assert '0.012 <span class="ci">−0.004 – 0.028</span>' in ranking  # premium in Brier skill
    assert '1.04 <span class="ci">1.01 – 1.08</span>' in section(html, 3)
    assert '1.04 <span class="ci">1.01 – 1.08</span>' in html.split("<h2>")[0]


ENGLISH = {"DE": "Germany", "PL": "Poland"}


@packs
def test_every_segment_shows_its_own_figures(pack: Pack) -> None:
    html = section(render(pack), 4)
    for row in pack["segments"]:
        assert str(figure(row["roc_auc"], "figure", 2)) in html
        assert str(figure(row["observed_to_expected"], "figure", 2)) in html
        if row["level"] not in {"yes", "no", "other", "missing"}:
            assert f">{ENGLISH.get(row['level'], row['level'])}</span>" in html


@packs
def test_every_finding_is_said_once(pack: Pack) -> None:
    read = document(pack).to_json()
    html = render(pack)
    headings = [english(one).strip() for one in re.findall(r"<li><div><h3>(.*?) <span class=\"badge", html)]  # fmt: skip
    assert headings == [title(read, row)[0] for row in read["findings"]]
    for row in read["findings"]:
        assert english(html).count(evidence(read, row)[0]) == 1


def test_a_finding_many_share_names_six_and_counts_the_others() -> None:
    """Nine inputs share the first finding."""
    text = english(render(demo_pack()).split("<h2>")[1])
    assert text.count("Average days late, window") == 6
    assert "; and 3 more." in text


def test_the_verdict_and_three_findings_come_first() -> None:
    parts = render(listed_pack()).split("<h2>")
    assert 'class="verdict bad"' in parts[0]
    assert "Not passed." in parts[0]
    assert ">PD-C1</code>" in parts[0]
    assert parts[1].count("<li>") == 3
    assert parts[2].count("<dt>") == 6


@packs
def test_both_languages_give_the_same_numbers(pack: Pack) -> None:
    """Each English text and the Chinese beside it hold the same figures; words are the translators'."""
    pairs = PAIR.findall(render(pack))
    assert len(pairs) > 200
    for one, other in pairs:
        numbers = [
            Counter(FIGURE.findall(re.sub(r"F1|ROC|PD-\w+", "", unescape(text))))
            for text in (one, other)
        ]
        assert numbers[0] == numbers[1], (one, other)


def test_what_is_missing_is_said_with_its_reason() -> None:
    html = render(listed_pack())
    text = english(html)
    assert "true PDs exist in a simulated portfolio only" in text
    assert "By balance it is not known: there is no ledger." in text
    assert "no customer is in the test sample on two dates" in text
    assert "No hyperparameters were searched" in text
    assert "No features were selected" in text
    assert "No input was compared between the development and the test sample." in text
    assert "Without a ledger it is not known what was granted" in text
    assert "True PD" not in text
    assert "Share of balance" not in text
    assert "<tbody>\n</tbody>" not in html


def test_a_pack_of_nothing_still_makes_a_page_that_says_so() -> None:
    """One class in every part: no figure is defined, no list has a row."""
    pack = listed_pack()
    undefined = {"value": None, "low": None, "high": None}
    test = {key: undefined if isinstance(value, dict) else value for key, value in pack["models"]["lightgbm"]["test"].items()}  # fmt: skip
    empty = {
        "findings": [], "checks": [], "parts": [], "two_by_two": [], "models": {"lightgbm": {"test": test}},
        "premium": dict.fromkeys(("gini", "average_precision", "brier_skill"), undefined), "verdict": {"outcome": "passed", "blocking": [], "can_block": 0},
        "reliability": {}, "score_distribution": [], "roc": {}, "grades": [], "tests": [], "segments": [], "as_of": [], "stability": [],
        "scorecard": {"intercept_points": 600.0, "features": []}, "words": {},
        "lightgbm": pack["lightgbm"] | {"members": [], "calibration": {"method": "offset", "candidates": [], "origins": 0, "lost": []}},
    }  # fmt: skip
    html = render(pack | empty)
    assert html.count('class="absent"') >= 15
    assert english(html).count("This cannot be said") == 5
    assert "its quality cannot be assessed" in english(html)


def test_what_is_not_defined_is_a_dash_and_never_a_number() -> None:
    """A group without a default has no ranking and no level: its row is there, with dashes."""
    pack = demo_pack()
    nothing = {"value": None, "low": None, "high": None}
    pack["segments"][0] |= {
        "defaults": 0, "roc_auc": nothing, "scorecard_auc": nothing, "level_off": nothing,
        "observed_to_expected": nothing, "jeffreys_p": None,
    }  # fmt: skip
    row = section(render(pack), 4).split(">food<")[1].split("</tr>")[0]
    assert row.count(">–</td>") == 5  # two drawings, two rankings, one level
    assert "nan" not in row.lower()


def test_the_page_is_as_large_for_ten_times_as_much() -> None:
    small, large = (len(render(demo_pack(times))) for times in (1, 10))
    assert large < 1.35 * small
    assert large < 600_000
    html = render(demo_pack(10))
    # four ways to split the customers, eight groups of each
    assert "Shown: 32 of 150. All are in validation_model.xlsx." in english(section(html, 4))


def test_a_long_name_is_cut() -> None:
    pack = demo_pack()
    pack["segments"][0]["level"] = "x" * 10_000
    assert len(render(pack)) < len(render(demo_pack())) + 1_500


def test_gates_tell_waived_from_blocking() -> None:
    gates = section(render(listed_pack()), 9)
    rows = {code: gates.split(f">{code}<")[1].split("</tr>")[0] for code in ("PD-C1", "PD-S1", "PD-R1")}  # fmt: skip
    assert 'class="badge bad"' in rows["PD-C1"]
    assert 'class="badge warn"' in rows["PD-S1"]
    assert 'class="badge info"' in rows["PD-R1"]


@packs
def test_a_pack_that_lacks_a_part_is_refused(pack: Pack) -> None:
    del pack["segments"]
    with pytest.raises(ContractError, match="no ValidationModel, version 6: Field required") as caught:  # fmt: skip
        render(pack)
    assert caught.value.where == "pack > segments"


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
    """Axes 0.1% to 10%, 250 x 220: 1% lies half way at (125, 110), 0.1% at (0, 220); no default stands hollow at the foot."""
    bins = [
        {"mean_pd": 0.001, "rate": 0.0, "low": 0.0, "high": 0.003},
        {"mean_pd": 0.01, "rate": 0.01, "low": 0.006, "high": 0.02},
        {"mean_pd": 0.1, "rate": 0.05, "low": 0.03, "high": 0.1},
    ]
    svg = str(charts.reliability(bins, [bins], palette.ACCENT))
    drawn = points(svg)
    up = 220 * (1 - math.log10(50) / 2)  # 5% is 50 times the foot of two decades
    assert [one[:2] for one in drawn] == [
        pytest.approx((0, 220), abs=0.01),
        pytest.approx((125, 110), abs=0.01),
        pytest.approx((250, up), abs=0.01),
    ]
    assert [one[2] for one in drawn] == [palette.PAPER, palette.ACCENT, palette.ACCENT]
    assert "0.3%" in svg


def test_charts_of_nothing_are_not_drawn() -> None:
    assert charts.reliability([], [[]], palette.ACCENT) is None
    assert charts.roc({"lightgbm": []}) is None
    assert charts.scores([]) is None
    assert charts.grades([]) is None
    assert charts.dates([], "roc_auc") is None
    assert charts.moves([[0, 0], [0, 0]]) is None


def test_the_drawn_interval_lies_where_its_numbers_say() -> None:
    """From 0.5 to 1: 0.8 at 60%, 0.7 to 0.9 from 40% over 40%; what lies outside ends at the edge."""
    html = whisker({"value": 0.8, "low": 0.7, "high": 0.9}, (0.5, 1.0, 0.5))
    assert 'range" style="left:40.0%;width:40.0%"' in html
    assert 'dot" style="left:60.0%"' in html
    assert 'dot" style="left:0.0%"' in whisker({"value": 0.2, "low": None, "high": None}, (0.5, 1.0, 0.5))  # fmt: skip


def test_what_repeats_is_said_in_the_first_row_only() -> None:
    table = Table(("", ""), [Column("a", ("A", "甲"), "data", is_once=True)], [{"a": "x"}, {"a": "x"}, {"a": "y"}], ("", ""))  # fmt: skip
    assert [plain(row[0][0]) for row in shown(table)["rows"]] == ["x", "", "y"]


def test_moves_to_riskier_grades_are_the_upper_bandwidth() -> None:
    """Upper: above the diagonal of a matrix whose grades grow riskier from left to right."""
    assert "0.081 to riskier grades, 0.094 to safer ones" in english(section(render(demo_pack()), 5))  # fmt: skip


def test_a_finding_names_levels_in_words_and_keeps_what_is_said_of_each() -> None:
    text = english(render(demo_pack()))
    assert "Concerns: Industry transport (1.31); Financial statement not available (0.78)." in text
    assert "not known" in section(render(demo_pack()), 4)  # a level `missing`


def said(pack: Pack) -> dict[str, str]:
    return {one.asks[0]: one.says[0] for one in answers(document(pack).to_json())}


GOOD, WHOM, WHEN = "How good is it?", "For which customers?", "Over what period?"
SURE, AGAINST, FAIL = "How certain is that?", "Against what simple alternative?", "What would make it fail?"  # fmt: skip


def test_the_six_questions_are_answered_with_the_packs_numbers() -> None:
    text = said(demo_pack())
    assert "ROC AUC 0.85 (0.84–0.86)" in text[GOOD]
    assert "0.88 (0.87–0.89) the best attainable" in text[GOOD]
    assert "For 1 expected default, 1.04 (1.01–1.08) were observed" in text[GOOD]
    assert "Brier skill 9.4% (8.5%–10.3%)" in text[GOOD]
    assert "best for financial statement available (ROC AUC 0.86" in text[WHOM]
    assert "weakest for industry transport (ROC AUC 0.80" in text[WHOM]
    assert "from 2024-01-31 to before 2025-01-01, on 12 dates" in text[WHEN]
    assert "868 defaults of 391 customers" in text[SURE]
    assert "the model gains 0.054 (0.025–0.083). The model ranks better." in text[AGAINST]
    assert "4 of 6 gates passed." in text[FAIL]
    assert "Could not be assessed: PD-R1." in text[FAIL]
    assert "nearest to its threshold is PD-D1: 0.831 against 0.6." in text[FAIL]


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.01, 0.09, "The model ranks better."),
        (-0.02, 0.09, "no evidence that it ranks better"),
        (-0.09, -0.01, "The scorecard ranks better"),
    ],
)
def test_what_the_complexity_buys_follows_the_interval(low: float, high: float, told: str) -> None:
    pack = demo_pack()
    pack["premium"]["gini"] = {"value": (low + high) / 2, "low": low, "high": high}
    assert told in said(pack)[AGAINST]


def test_a_group_of_few_defaults_is_not_called_the_weakest() -> None:
    pack = demo_pack()
    pack["segments"][1] |= {"defaults": 3, "roc_auc": {"value": 0.51, "low": 0.2, "high": 0.8}}
    assert "0.51" not in said(pack)[WHOM]


def test_overlapping_groups_may_differ_by_chance() -> None:
    assert "overlap" in said(listed_pack())[WHOM]
    assert "overlap" not in said(demo_pack())[WHOM]


def test_the_nearest_gate_is_measured_against_the_larger_number() -> None:
    """0.041 against 0.5 is 92% away, 13 against 12 is 8%, 0 against 0 is a count."""
    rows: list[dict[str, Any]] = [{"value": 0.041, "threshold": 0.5}, {"value": 13.0, "threshold": 12.0}, {"value": 0.0, "threshold": 0.0}]  # fmt: skip
    assert nearest(rows) == rows[1]
    assert nearest([]) is None


def test_the_nearest_gate_is_the_one_whose_interval_comes_nearest() -> None:
    """The level is off by 0.72, of which chance leaves 0.499: as good as failed at 0.5."""
    pack = demo_pack()
    level = {"value": 0.7214, "end": 0.499, "threshold": 0.5}
    pack["checks"] = [row | (level if row["code"] == "PD-C1" else {}) for row in pack["checks"]]
    told = said(pack)[FAIL]
    assert "PD-C1: 0.721, or 0.499 net of sampling error, against 0.5." in told


def test_each_test_is_told_once_with_both_models_beside_each_other() -> None:
    text = section(render(demo_pack()), 3)
    assert english(text).count("(Hosmer-Lemeshow)") == 1
    row = text.split("(Hosmer-Lemeshow)</span>")[1].split("</tr>")[0]
    assert row.count(">0.0040<") == 2
    assert row.count('class="badge bad"') == 2


def test_a_sentence_is_not_cut_where_a_name_would_be() -> None:
    pack = demo_pack()
    pack["checks"][2]["waiver"] = "word " * 60 + "end."
    assert "end." in section(render(pack), 9)
