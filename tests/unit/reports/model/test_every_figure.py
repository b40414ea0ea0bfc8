"""Every figure of the committee's page and of its sheets, against the scored rows, without a function of ours between them."""

from __future__ import annotations

import io
import math
import re
from html import unescape
from typing import Any

import numpy as np
import pytest
from python_calamine import CalamineWorkbook
from scipy.stats import norm
from sklearn.metrics import log_loss, roc_auc_score

from reports.locale.gates import told
from reports.model import charts, page, sheets
from reports.model.answers import answers
from reports.model.origins import evidence
from tests import scored_oracle as oracle
from tests.scored_book import book
from tests.scored_tables import expected, matrix, measured, out_of_time, refitted
from tests.unit.reports.model.test_page import english, points

NUMBER = re.compile(r"[−+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?[\N{NO-BREAK SPACE} ]?%?")
WORDS = {"Gates", "Findings"}
"""Sheets of sentences; their numbers are those of the findings, which are looked at one by one below."""
ON_PAGE = (
    "Samples", "Two by two", "Refit by grade", "Test measures", "Premium", "Test measures", "Grades", "Tests", "Segments", "By date", "By origin", "Open outcomes", "Search and averaging", "Stability",
    "Boosters", "Variants", "Calibration", "Search", "Selection", "Scorecard", "Truth by limit", "Selective outcomes", "Gates",
)  # fmt: skip
"""The page's tables from top to bottom."""
TEXTS = {"What it says", "Measure", "Input", "Values", "Test", "What it asks", "Found for the model", "Reason", "Hyperparameter", "Importance", "0.5 – 1", "⅓ – 1 – 3"}  # fmt: skip


@pytest.fixture(scope="module")
def pack() -> dict[str, Any]:
    return book().found.pack.to_json()


@pytest.fixture(scope="module")
def html() -> str:
    return page.render(book().found.pack)


def numbers(text: str) -> list[tuple[float, float]]:
    """Numbers of a text with half a unit of their last digit; a share in per cent as a share; `<0.0001` as all below it."""
    found = []
    for one in NUMBER.finditer(text):
        token = one.group()
        if text[: one.start()].endswith("<"):
            found.append((float(token) / 2, float(token) / 2))
            continue
        bare = token.replace(",", "").replace("−", "-").replace("%", "").strip("\N{NO-BREAK SPACE} ")  # fmt: skip
        digits = len(bare.partition("e")[0].partition(".")[2])
        exponent = int(bare.partition("e")[2] or 0)
        scale = 100.0 if token.endswith("%") else 1.0
        found.append((float(bare) / scale, 0.5 * 10.0 ** (exponent - digits) / scale))
    return found


def says(text: str, *values: float) -> None:
    """The text shows these numbers and no other, in this order, each as exactly as its digits claim."""
    found = numbers(text)
    assert len(found) == len(values), (text, values)
    for (shown, half), value in zip(found, values, strict=True):
        assert abs(shown - value) <= half * (1 + 1e-6) + 1e-12, (text, values)


def undated(text: str) -> str:
    """The sentence without its period, which must be that of the out-of-time sample where it has one."""
    days = out_of_time()["as_of"]
    period = f"Days of decision {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}: "
    assert text.startswith(period) == ("Days of decision" in text)
    return text.removeprefix(period)


def flat(value: Any) -> list[float]:
    """A value, or a value and its ends, those that are defined."""
    values = value if isinstance(value, tuple) else (value,)
    return [float(one) for one in values if one is not None and not math.isnan(one)]


def test_every_sheet_is_recomputed_from_the_rows() -> None:
    """To nine digits; no column of numbers is left out."""
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(sheets.render(book().found.pack)))
    assert set(workbook.sheet_names) == set(expected()) | WORDS
    for name, rows in expected().items():
        head, *body = workbook.get_sheet_by_name(name).to_python()
        heads = [str(title).split("\n")[0] for title in head]
        assert len(body) == len(rows), name
        looked_at = {end for row in rows for key in row for end in (key, f"{key}, from", f"{key}, to")}  # fmt: skip
        for line, (got, wanted) in enumerate(zip(body, rows, strict=True)):
            row = dict(zip(heads, got, strict=True))
            numeric = {key for key, value in row.items() if isinstance(value, float)}
            assert numeric <= looked_at, (name, numeric - looked_at)
            for key, value in wanted.items():
                if isinstance(value, str):
                    assert row[key] == value, (name, line, key)
                    continue
                ends = (key, f"{key}, from", f"{key}, to") if isinstance(value, tuple) else (key,)
                shown = [row[end] for end in ends if row[end] != ""]
                assert shown == pytest.approx(flat(value), rel=1e-9, abs=1e-9), (name, line, key)


def tables(html: str) -> list[tuple[list[str], list[list[str]]]]:
    """Headings and cells, in English, of every table of the page."""
    found = []
    for one in re.findall(r"<table.*?</table>", html, re.DOTALL):
        head, _, body = one.partition("</thead>")
        heads = [english(cell).strip() for cell in re.findall(r"<th\b[^>]*>(.*?)</th>", head, re.DOTALL)]  # fmt: skip
        rows = [[english(cell).strip() for cell in re.findall(r"<td\b[^>]*>(.*?)</td>", row, re.DOTALL)] for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]  # fmt: skip
        found.append((heads, rows))
    return found


def wanted_of(name: str, place: int) -> list[dict[str, Any]]:
    """The rows of a sheet as the page cuts and joins them."""
    rows = expected()[name]
    if name == "Test measures":
        return rows[:4] if place < 5 else rows[4:]
    if name == "Tests":  # both models in one row
        return [{"p-value, model": a["p-value"], "p-value, scorecard": b["p-value"]} for a, b in zip(rows[:7], rows[7:], strict=True)]  # fmt: skip
    return rows


def test_every_table_of_the_page_shows_what_the_rows_say(html: str) -> None:
    found = tables(html)
    assert len(found) == len(ON_PAGE)
    for place, (name, (heads, body)) in enumerate(zip(ON_PAGE, found, strict=True)):
        if name in WORDS:
            continue
        rows = wanted_of(name, place)
        assert len(body) == len(rows), name
        for cells, wanted in zip(body, rows, strict=True):
            for head, cell in zip(heads, cells, strict=True):
                if head in wanted and isinstance(wanted[head], str):
                    assert cell == wanted[head]
                elif head in wanted:
                    says(cell, *flat(wanted[head]))
                else:
                    assert head in TEXTS or not numbers(cell), (name, head, cell)


def test_the_tiles_and_the_verdict(html: str) -> None:
    """The third tile is observed over expected defaults, not a ratio of odds."""
    rows, test = out_of_time(), measured("lightgbm", "test")
    gain = expected()["Premium"][0]["Model less scorecard"]
    top = html.split("<h2>", maxsplit=1)[0]
    tiles = [english(one) for one in re.findall(r"<dd class=\"figure\">(.*?)</dd>", top, re.DOTALL)]
    says(tiles[0], *test["roc_auc"])
    says(tiles[1], *gain)
    observed, mean = rows["bad"].mean(), rows["pd"].mean()
    says(tiles[2], observed / mean, *(end / mean for end in test["rate"][1:]))
    odds = observed / (1 - observed) / (mean / (1 - mean))
    assert abs(numbers(tiles[2])[0][0] - odds) > 0.02, "a book where the two cannot be told apart"
    says(tiles[3], rows["bad"].sum())
    says(english(re.findall(r"<dd class=\"under\">(.*?)</dd>", top)[0]), len(rows))
    verdict = english(re.findall(r"<strong>(.*?)</strong>", top, re.DOTALL)[0]).partition("Of a defaulter")  # fmt: skip
    says(verdict[2], *test["roc_auc"], mean, observed)


def test_the_six_answers(pack: dict[str, Any]) -> None:
    said = [one.says[0] for one in answers(pack)]
    test, rows = measured("lightgbm", "test"), out_of_time()
    truth = measured("oracle", "test")["roc_auc"]
    says(said[0], *test["roc_auc"], 0.5, 1, *truth, 1, *test["observed_to_expected"], *test["brier_skill"])  # fmt: skip
    order = sorted(expected()["Segments"], key=lambda row: row["ROC AUC: model"][0])
    weak, strong, new = order[0], order[-1], expected()["Two by two"][3]
    assert said[1].index(strong["Segment"]) < said[1].index(weak["Segment"])
    says(said[1], *strong["ROC AUC: model"], *weak["ROC AUC: model"], weak["Defaults"], *new["ROC AUC"])  # fmt: skip
    worst = min(expected()["By date"], key=lambda row: row["ROC AUC"][0])
    samples = expected()["Samples"]
    days = re.findall(r"\d{4}-\d\d-\d\d", said[2])
    assert days == [samples[3]["From"], samples[3]["To before"], samples[1]["To before"], worst["Observation date"]]  # fmt: skip
    says(re.sub(r"\d{4}-\d\d-\d\d", "", said[2]), rows["as_of"].nunique(), *worst["ROC AUC"])
    bad, area = rows[rows["bad"]], test["roc_auc"]
    says(said[3], len(bad), bad["customer_id"].nunique(), len(rows), rows["customer_id"].nunique(), (area[2] - area[1]) / 2, 0.95)  # fmt: skip
    gain = expected()["Premium"][0]["Model less scorecard"]
    says(said[4], *measured("scorecard", "test")["gini"], *gain)


def gate_figures() -> dict[str, list[float]]:
    """By gate, the numbers of its sentence."""
    test, then = measured("lightgbm", "test"), measured("lightgbm", "calibrate")
    rows, models = out_of_time(), book().models
    lost = expected()["Tests"][4]["p-value"]
    error = (test["level"][2] - test["level"][1]) / 2 / oracle.Z
    slope = test["cox_slope"]
    codes = models.ensemble.contract.encode(_features(rows))
    votes = [one.predict(codes, pred_contrib=True).sum(axis=1) for one in models.ensemble.boosters]
    gap = float(np.max(np.abs(np.mean(votes, axis=0) - rows["margin"].to_numpy())))
    score = expected()["Tests"][5]
    n, bad, due = len(rows), int(rows["bad"].sum()), rows["pd"].sum()
    shares = rows["grade"].value_counts(normalize=True)
    index = float((shares**2).sum())
    heads = book().part("train")["customer_id"].nunique(), rows["customer_id"].nunique()
    critical = oracle.psi(np.full(10, 100), np.full(10, 100), heads)[1]
    worst = max(((rows["balance"] <= 0) & (rows["limit"] <= 0))[rows["as_of"] == rows["as_of"].max()].groupby(rows["country"]).mean().items(), key=lambda one: one[1])  # fmt: skip
    there = int(((rows["as_of"] == rows["as_of"].max()) & (rows["country"] == worst[0])).sum())
    return {
        "PD-D1": list(test["roc_auc"]), "PD-D2": [then["gini"][0], test["gini"][0]], "PD-P1": [test["roc_auc"][0], then["roc_auc"][0], lost],
        "PD-C1": [rows["pd"].mean(), rows["bad"].mean(), test["level"][0], error], "PD-C2": [slope[0], (slope[2] - slope[1]) / 2 / oracle.Z],
        "PD-B1": [test["brier"][0], test["brier_skill"][0]], "PD-M1": [], "PD-S1": [score["Statistic"], critical],
        "PD-X1": list(expected()["Premium"][0]["Model less scorecard"]), "PD-X2": _rival_figures(rows), "PD-A1": [gap], "PD-N1": [rows["bad"].sum(), len(rows)],
        "PD-O1": _origin_figures()[:3], "PD-O2": _origin_figures()[3:],
        "PD-F1": [], "PD-F2": _refit_figures()[:2], "PD-F3": _refit_figures()[2:],
        "PD-R1": [0.0], "PD-J1": [bad, n, due, expected()["Tests"][0]["p-value"]], "PD-H1": [index, 1 / index], "PD-T1": [worst[1], there],
    }  # fmt: skip


def _rival_figures(rows: Any) -> list[float]:
    """How many plain models there are, and Gini and log loss against the one the gate names."""
    named = next(one for one in book().found.checks if one.code == "PD-X2").values["rival"]
    codes = book().models.ensemble.contract.encode(_features(rows))
    plain = {name: 1 / (1 + np.exp(-one.boosters[0].predict(codes, raw_score=True))) for name, one in book().models.rivals.items()}  # fmt: skip
    plain["scorecard"] = rows["card"].to_numpy()
    gini, loss = (
        [figure(rows["bad"], pd) for pd in (rows["pd"], plain[named])]
        for figure in (lambda bad, pd: 2 * roc_auc_score(bad, pd) - 1, log_loss)
    )
    return [len(plain), gini[0] - gini[1], loss[0] - loss[1]]


def _origin_figures() -> list[float]:
    """AUC, its lower end and defaults of all years; how many, and of the one whose level is surely furthest off: its day and ratio."""
    *years, every = expected()["By origin"]
    ratios = [one["Observed over expected"] for one in years]
    surely = [max(math.log(low), -math.log(high), 0.0) for _, low, high in ratios]
    worst = surely.index(max(surely))
    year, month, day = map(int, years[worst]["Origin"].split("-"))
    return [
        *every["ROC AUC"][:2],
        every["Defaults"],
        len(years),
        year,
        -month,
        -day,
        *ratios[worst],
    ]


def _refit_figures() -> list[float]:
    """Rank correlation on so many rows; the grade furthest apart, its levels and customers; and the levels of all."""
    rows = refitted()
    furthest = max(expected()["Refit by grade"], key=lambda one: abs(one["Log of the ratio"]))
    rank = rows["own"].rank().corr(rows["twin"].rank())
    at = [
        furthest[key] for key in ("Grade", "Mean PD, production", "Mean PD, validated", "Customers")
    ]
    return [rank, len(rows), *at, rows["own"].mean(), rows["twin"].mean()]


def _features(rows: Any) -> Any:
    return rows[[name for name in rows if name.startswith("x_")]].rename(columns=lambda name: name[2:])  # fmt: skip


def test_every_gate_says_what_the_rows_say() -> None:
    figures = gate_figures()
    for row in book().found.checks:
        assert (row.code in {"PD-J1", "PD-G1"}) == ("Days of decision" in told("en", row))
        text = undated(told("en", row))
        if row.code == "PD-G1":
            low = [one for one in expected()["Grades"] if one["p-value (Jeffreys)"] is not None]
            ranked = sorted(one["p-value (Jeffreys)"] for one in low)
            stands = max((p for i, p in enumerate(ranked, 1) if p <= 0.05 * i / len(ranked)), default=-1)  # fmt: skip
            grades = [one["Grade"] for one in low if one["p-value (Jeffreys)"] <= stands]
            says(text, *grades) if grades else says(text, 0)
        elif row.code == "PD-L1":
            says(text, len(book().models.ensemble.contract.features), 0, 0, row.values["alone"])
            # cut into bins, where missing is one of them, it ranks about as the raw value does
            late = out_of_time()["x_late"].fillna(0.0)
            assert abs(row.values["alone"] - roc_auc_score(out_of_time()["bad"], late)) < 0.03
        else:
            says(text, *figures[row.code])


def test_the_findings_say_what_the_rows_say(pack: dict[str, Any]) -> None:
    test, rows = measured("lightgbm", "test"), out_of_time()
    truth = measured("oracle", "test")["gini"][0]
    told = rows[rows["true_pd"].notna()]
    own = 2.0 * roc_auc_score(told["bad"], told["pd"]) - 1.0
    area, bad = test["roc_auc"], rows[rows["bad"]]
    loss = (norm.ppf(0.95) + norm.ppf(0.8)) * (area[2] - area[1]) / 2 / oracle.Z
    moved = [row for row in expected()["Stability"] if row["PSI"] > 0]
    wanted = {
        "PD-LEVEL": [rows["bad"].mean(), rows["pd"].mean(), *test["observed_to_expected"]],
        "PD-PREMIUM": [*expected()["Premium"][0]["Model less scorecard"], 0],
        # a share of what can be attained, unless chance put the model above it
        "PD-ORACLE": [len(told), truth, own, *([own / truth] if own < truth else [])],
        "PD-POWER": [bad["customer_id"].nunique(), loss, 0.8],
    }
    found = {row["code"]: evidence(pack, row)[0] for row in pack["findings"]}
    assert {"PD-ORACLE", "PD-POWER", "PD-PREMIUM"} <= set(found)
    for code, values in wanted.items():
        if code in found:
            says(undated(found[code]), *values)
    assert ("PD-STABILITY" in found) <= bool(moved)


def test_the_sentences_beside_the_tables(html: str) -> None:
    facts = [row["Number"] for row in expected()["Verdict"][5:]]
    text = english(html)
    herfindahl = re.search(r"a single grade\): (.*?) by balance", text)
    assert herfindahl
    says(herfindahl[1].replace("by number of customers,", ""), facts[6], facts[7])
    migrations = re.search(r"of the customers in a grade.*?safer ones", text)
    moves = matrix()
    assert migrations
    says(re.sub(r"\(0 .*?\)", "", migrations[0]), facts[10], facts[11], facts[8], facts[9])
    assert f"{moves.sum()} customers: of the customers in a grade" in text
    tight = expected()["Truth by limit"][1]
    sentence = re.search(r"Of customers whose limit was exhausted.*?\)", text)
    assert sentence
    says(sentence[0], tight["Expected by the model"], tight["True"], tight["Observed default rate"], tight["Observations"])  # fmt: skip
    base = re.search(r"The simple alternative in full: (.*?) base points", text)
    assert base
    says(base[1], facts[-1])


def test_the_dots_of_the_reliability_chart_stand_where_the_rows_say(pack: dict[str, Any]) -> None:
    """Places are straight lines of the logarithms, rising; `1 - rate` or a swap of the axes is none."""
    bins = pack["reliability"]["lightgbm"]
    rows = expected()["Reliability"][:10]
    svg = str(charts.reliability(bins, [bins], "#000000"))
    dots = [one[:2] for one in points(svg)]
    assert len(dots) == 10
    seen = [place for place, row in enumerate(rows) if row["Observed default rate"][0] > 0]
    across = np.log([rows[i]["Expected default rate"] for i in seen])
    up = np.log([rows[i]["Observed default rate"][0] for i in seen])
    for side, logs, sign in ((0, across, 1.0), (1, up, -1.0)):
        places = np.array([dots[i][side] for i in seen])
        slope, start = np.polyfit(logs, places, 1)
        assert sign * slope > 10
        assert places == pytest.approx(slope * logs + start, abs=0.05)


def test_both_languages_show_the_same_page(html: str) -> None:
    """What is recomputed above in English stands in Chinese as well."""
    pairs = re.findall(r'<span lang="en">(.*?)</span><span lang="zh-Hans">(.*?)</span>', html, re.DOTALL)  # fmt: skip
    for one, other in pairs:
        assert sorted(numbers(unescape(one))) == sorted(numbers(unescape(other))), (one, other)
