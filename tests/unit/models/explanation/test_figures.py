"""Every figure on the explanations page, recomputed from LightGBM's own contributions and from the rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.explanation import ExplainConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.explanations import Explanations
from models.explanation.explanation import Explained, Known, explain
from models.explanation.explanation_page import page
from models.explanation.history import Books
from reports.explanations import PAGE
from tests.page_figures import body, english, section, tables, text
from tests.serve_project import DECLARED, FEATURES, fit, lineage, simulate

SCALE = ScaleConfig()
FACTOR = SCALE.pdo / np.log(2.0)
NAMES = [one.name for one in FEATURES]
WORDING = {name: name.replace("_", " ").capitalize() for name in NAMES}


@dataclass(frozen=True)
class Made:
    """The page, and what it was made of: points are the contributions to the log-odds times the factor, sign turned."""

    book: pd.DataFrame
    points: Any
    chance: Any
    found: Explained
    html: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    rows = simulate(120, 72).rows
    model = fit(rows)
    calibrator = {"method": "identity"}
    known = Known(
        rows[rows["defaulted"].notna()],
        dict(zip(rows["customer_id"], rows["industry"], strict=True)),
    )
    settings = (ExplainConfig(), SCALE, "EUR")
    found = explain(
        Books.of(rows.drop(columns="defaulted"), settings[0].history),
        known,
        lineage(),
        (model, calibrator),
        settings,
    )
    names = {one: f"Firm {one}" for one in rows["customer_id"]}
    book = rows[rows["as_of"] == rows["as_of"].max()].sort_values("customer_id", ignore_index=True)
    phi = model.boosters[0].predict(model.contract.encode(book), pred_contrib=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("explanations"))
        page(found, SCALE, "demo", names).write(Path(PAGE.document))
        PAGE.write()
        html = Path(PAGE.file).read_text(encoding="utf-8")
        assert PAGE.render(Explanations.read(Path(PAGE.document))) == html
    odds = phi.sum(axis=1)
    return Made(book, -FACTOR * phi[:, :-1], 1 / (1 + np.exp(-odds)), found, html)


def test_points_by_pillar(made: Made) -> None:
    pillar = np.array([DECLARED[name][0] for name in NAMES])
    weight = {one: np.abs(made.points[:, pillar == one].sum(axis=1)).mean() for one in set(pillar)}
    order = sorted(weight, key=lambda one: (-weight[one], one))
    shown = body(section(made.html, "The pillars"))
    assert [row[:3] for row in shown] == [
        [one.replace("_", " ").capitalize(), f"{weight[one]:.1f}", f"{weight[one] / sum(weight.values()) * 100:.0f}%"]
        for one in order
    ]  # fmt: skip
    assert f"{len(made.book)} customers explained" in text(english(made.html))


def test_the_strongest_drivers(made: Made) -> None:
    weight = dict(zip(NAMES, np.abs(made.points).mean(axis=0), strict=True))
    order = sorted(NAMES, key=lambda name: -weight[name])
    shown = re.findall(r"<h3>(.*?)</h3>\s*<p>(.*?)</p>", section(made.html, "The strongest drivers"), flags=re.DOTALL)  # fmt: skip
    assert [text(title) for title, _ in shown] == [f"{n}. {WORDING[name]}" for n, name in enumerate(order, 1)]  # fmt: skip
    for (_, below), name in zip(shown, order, strict=True):
        assert text(below).endswith(f"on average {weight[name]:.1f} points")


def test_a_chart_of_categories_speaks_the_readers_language(made: Made) -> None:
    """Charts of a Chinese page had industries in English."""
    drawn = dict(re.findall(r'<div lang="(en|zh-Hans)">(<svg.*?</svg>)</div>', made.html, flags=re.DOTALL))  # fmt: skip
    assert ">retail<" in drawn["en"]
    assert "零售业" not in drawn["en"]
    assert ">零售业<" in drawn["zh-Hans"]
    assert ">retail<" not in drawn["zh-Hans"]


def test_the_effect_of_a_value(made: Made) -> None:
    """Twenty bins of equal mass, by rising value; a category by level."""
    drawn = {one.feature: one.effect for one in page(made.found, SCALE, "demo", {}).features}
    for place, name in enumerate(NAMES):
        own, points = made.book[name], made.points[:, place]
        known = own.notna().to_numpy()
        values, points = own[known], points[known]
        if name == "industry":
            wanted = {level: points[(values == level).to_numpy()].mean() for level in values.unique()}  # fmt: skip
            assert {one.value: one.points for one in drawn[name]} == pytest.approx(wanted, abs=1e-6)
            continue
        order = np.argsort(values.astype(float).to_numpy(), kind="stable")
        ranked = values.astype(float).to_numpy()[order]
        bins = np.array_split(np.arange(len(order)), 20)
        parted = [rows[-1] for rows in bins[:-1] if ranked[rows[-1]] == ranked[rows[-1] + 1]]
        assert not parted  # or equal values would have to share a bin
        wanted_rows = [(np.median(ranked[rows]), points[order][rows].mean()) for rows in bins]
        np.testing.assert_allclose([(one.value, one.points) for one in drawn[name]], wanted_rows, atol=1e-6)  # fmt: skip


def test_the_examples(made: Made) -> None:
    """The highest, the median and the lowest PD."""
    order = np.argsort(-made.chance, kind="stable")
    below = section(made.html, "Examples: the highest, the median and the lowest PD")
    cards = re.findall(r'<section class="card">(.*?)</section>', below, flags=re.DOTALL)
    for card, row in zip(cards, order[[0, len(order) // 2, -1]], strict=True):
        customer, chance = made.book["customer_id"][row], made.chance[row]
        exact = SCALE.base_score - FACTOR * (np.log(SCALE.base_odds) - np.log((1 - chance) / chance))  # fmt: skip
        level = np.searchsorted(SCALE.grade_bounds, chance, side="right") + 1
        assert text(card).startswith(
            f"Firm {customer} {customer} Score {exact:.0f} · grade {level} "
        )
        assert f"PD of {chance:.2%}" in text(card)
        points = made.points[row]
        strongest = sorted(range(len(NAMES)), key=lambda place: -abs(points[place]))
        assert [line[:2] for line in tables(card)[0][1:]] == [
            [WORDING[NAMES[place]], f"{points[place]:+,.0f}".replace("-", "−").replace("+0", "0").replace("−0", "0")]
            for place in strongest
        ]  # fmt: skip
        own = made.found.reasons.query("customer_id == @customer and role == 'reason'")[
            "sentence_en"
        ]
        reasons = re.findall(r"<li>(.*?)</li>", card, flags=re.DOTALL)
        assert [text(one) for one in reasons] == [" ".join(one.split()) for one in own]
