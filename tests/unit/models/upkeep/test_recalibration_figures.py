"""Every figure on the recalibration page, recomputed from the rows with numpy and scipy alone.

Not recomputed, by name: the figures of the gates of a new calibration (`tests/unit/models/upkeep/test_outcomes.py`, each with its own cases).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit
from scipy.stats import chi2, ncx2, norm

from contracts.config.upkeep import RecalibrateConfig
from models.registry.bundle import Bundle
from models.registry.champion import Champion
from models.upkeep.matured import Matured
from models.upkeep.recalibration import decide, report
from models.upkeep.ruling import ruling
from reports.recalibration import PAGE
from tests.page_figures import agrees, body, english, number, section, text, tiles

DAYS = pd.date_range("2023-01-01", periods=24, freq="MS")
CUSTOMERS, WINDOW = 900, 12
CONFIG = RecalibrateConfig(min_defaults_shape=100_000)


class Made:
    """Customers with a PD of a year each, on 24 first days of a month; who defaults is in no later book. The PDs are too low by 0.5."""

    def __init__(self, folder: Path) -> None:
        draw = np.random.default_rng(4)
        odds = draw.normal(-2.3, 1.0, CUSTOMERS)
        yearly = expit(odds + 0.5)
        monthly = 1 - (1 - yearly) ** (1 / 12)
        fell = draw.random((CUSTOMERS, 40)) < monthly[:, None]
        self.month = np.where(fell.any(axis=1), fell.argmax(axis=1), 99)
        self.chance = expit(odds)
        frames = []
        for place, day in enumerate(DAYS):
            there = np.flatnonzero(self.month >= place)
            hit: Any = self.month[there] < place + WINDOW
            frames.append(pd.DataFrame({"customer_id": [f"C{one:03}" for one in there], "as_of": day, "pd": self.chance[there], "defaulted": hit if place < len(DAYS) - WINDOW else None}))  # fmt: skip
        self.since = pd.concat(frames, ignore_index=True)
        self.known = self.since[self.since["defaulted"].notna()]
        matured = Matured(
            self.known.assign(margin=logit(self.known["pd"])), True, self.since, WINDOW
        )
        found, gates = decide(matured, CONFIG, {})
        bundle = Bundle({"contract.json": json.dumps({"portfolio": "demo"}).encode(), "reference.json": b"{}"})  # fmt: skip
        champion = Champion("bonitas-demo", "7", "0" * 64, bundle, folder)
        self.document = report(
            champion, matured, found, gates, CONFIG, ruling(matured, found, gates, CONFIG, {})
        )
        self.document.write(Path(PAGE.document))
        PAGE.write()
        self.html = Path(PAGE.file).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("recalibration")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return Made(folder)


def fitted(rows: pd.DataFrame, terms: int) -> tuple[Any, Any]:
    """Newton's steps of a logistic regression with an offset; errors from the sums of the scores of each customer."""
    odds, hit = logit(rows["pd"].to_numpy()), rows["defaulted"].astype(float).to_numpy()
    design = np.column_stack([np.ones(len(odds)), odds])[:, :terms]
    beta = np.zeros(terms)
    for _ in range(40):
        chance = expit(odds + design @ beta)
        bread = design.T @ (design * (chance * (1 - chance))[:, None])
        beta = beta + np.linalg.solve(bread, design.T @ (hit - chance))
    scores = pd.DataFrame(design * (hit - chance)[:, None]).groupby(rows["customer_id"].to_numpy()).sum().to_numpy()  # fmt: skip
    groups, n = len(scores), len(odds)
    meat = scores.T @ scores * groups / (groups - 1) * (n - 1) / (n - terms)
    inverse = np.linalg.inv(bread)
    return beta, inverse @ meat @ inverse


def test_cohort_and_tiles(made: Made) -> None:
    shown = tiles(made.html)
    defaulted = made.known.loc[made.known["defaulted"].astype(bool), "customer_id"].nunique()
    assert defaulted > 50
    assert number(shown["Customers with matured outcomes"][0]) == made.known["customer_id"].nunique()  # fmt: skip
    assert number(shown["Customers with matured outcomes"][1]) == len(made.known)
    assert number(shown["Defaulted customers"][0]) == defaulted
    assert "as-of dates 2023-01-01 to 2023-12-01" in text(english(made.html))


def test_the_ladder(made: Made) -> None:
    """Wald tests of what is left to correct from each step on; level and slope are in the largest model that is allowed."""
    beta, covariance = fitted(made.known, 2)
    rows = body(section(made.html, "How far the evidence goes"))
    for first, row in enumerate(rows[:2]):
        left = beta[first:]
        wald = float(left @ np.linalg.solve(covariance[first:, first:], left))
        agrees(row[2], wald)
        # the slope is asked every month: 1 / E of a normal mixture of deviation 0.3, by its two densities
        mixed = norm.pdf(left[0], scale=math.hypot(0.3, math.sqrt(covariance[1, 1]))) / norm.pdf(left[0], scale=math.sqrt(covariance[1, 1]))  # fmt: skip
        agrees(row[3], min(1.0, 1.0 / mixed) if first else float(chi2.sf(wald, len(left))))
    assert [number(row[4]) for row in rows] == [CONFIG.min_defaults_offset, CONFIG.min_defaults_slope, CONFIG.min_defaults_shape]  # fmt: skip
    assert rows[2][2] == rows[2][3] == "–"  # too few for it
    critical = chi2.isf(CONFIG.significance, 2)
    lambda_ = brentq(lambda size: ncx2.sf(critical, 2, size) - CONFIG.power, 1e-6, 1e3)
    shift = math.sqrt(lambda_ / np.linalg.inv(covariance)[0, 0])
    assert f"{math.exp(shift):.2f}" in text(english(made.html))


class Year:
    """The level by the defaults of each month, and in the year ahead: the posterior mode by a general optimiser."""

    def __init__(self, made: Made) -> None:
        ends = [*DAYS[1:24]]
        self.starts, self.ends = list(DAYS[:23]), ends
        days = np.array([(one - pd.Timestamp("1970-01-01")).days for one in DAYS])
        self.seen = np.array([(made.month == one).sum() for one in range(23)], dtype=float)
        self.covering = [[one for one in range(12) if one <= place < one + 12] for place in range(23)]  # fmt: skip
        self.made, self.days = made, days
        middle = (days[:23] + days[1:24]) / 2 / 365.25
        self.prior = self._tie(middle, middle)
        start = np.zeros(23)
        self.path = minimize(self._loss, start, method="BFGS", options={"gtol": 1e-9}).x
        ahead = (days[23] / 365.25) + (np.arange(400) + 0.5) / 400
        reach = self._tie(ahead, middle).mean(axis=0) @ np.linalg.inv(self.prior)
        weight = np.array([self._slope(place) ** 2 / self.expected(place, self.path[place]) for place in range(23)])  # fmt: skip
        posterior = np.linalg.inv(np.linalg.inv(self.prior) + np.diag(weight))
        own = self._tie(ahead, ahead).mean()
        self.offset = float(reach @ self.path)
        self.error = math.sqrt(own - reach @ self.prior @ reach + reach @ posterior @ reach)

    def _tie(self, one: Any, other: Any) -> Any:
        apart = np.abs(one[:, None] - other[None, :])
        return CONFIG.level_lasting**2 + CONFIG.level_passing**2 * 0.5 ** (apart / CONFIG.level_half_life)  # fmt: skip

    def expected(self, place: int, by: float) -> float:
        """Defaults of a month: of each cohort that covers it, its own share of the window, averaged over these cohorts."""
        sums = []
        for cohort in self.covering[place]:
            there = self.made.month >= cohort
            part = (self.days[place + 1] - self.days[place]) / (self.days[min(cohort + 12, 23)] - self.days[cohort])  # fmt: skip
            sums.append(part * expit(logit(self.made.chance[there]) + by).sum())
        return float(np.mean(sums))

    def _slope(self, place: int) -> float:
        step = 1e-5
        return (self.expected(place, self.path[place] + step) - self.expected(place, self.path[place] - step)) / 2 / step  # fmt: skip

    def _loss(self, path: Any) -> float:
        means = np.array([self.expected(place, by) for place, by in enumerate(path)])
        return float(means.sum() - self.seen @ np.log(means) + path @ np.linalg.solve(self.prior, path) / 2)  # fmt: skip


@pytest.fixture(scope="module")
def year(made: Made) -> Year:
    return Year(made)


def test_the_coming_year(made: Made, year: Year) -> None:
    below = section(made.html, "The coming year")
    said = text(below)
    times = [math.exp(year.offset + reach * year.error) for reach in (0, norm.ppf(0.025), norm.ppf(0.975))]  # fmt: skip
    assert "For the PDs of 2024-12-01 to 2025-11-30: " in said
    shown = said.split("odds times ", 1)[1]
    found = [float(one.strip(" ,.")) for one in (shown.split(",")[0], shown.split("between ")[1].split(" and")[0], shown.split(" and ")[1].split(" with")[0])]  # fmt: skip
    assert found == pytest.approx(times, abs=0.0151)
    assert f"{norm.cdf(abs(year.offset) / 2 / year.error):.0%}" in said.replace(" %", "%")
    rows = body(below)
    seen = [year.seen[:11].sum(), year.seen[11:].sum()]
    wanted = [sum(year.expected(place, 0.0) for place in part) for part in (range(11), range(11, 23))]  # fmt: skip
    assert [number(row[2]) for row in rows] == pytest.approx(seen, abs=0.051)
    assert [number(row[3]) for row in rows] == pytest.approx(wanted, abs=0.051)
    for row, place in zip(rows, (10, 22), strict=True):
        agrees(row[4], math.exp(year.path[place]), within=0.0051)


def test_what_is_applied_is_the_year_ahead(made: Made, year: Year) -> None:
    """A change of level alone is the one that is forecast."""
    assert made.document.decision == "offset"
    agrees(tiles(made.html)["Odds of default multiplied by"][0], math.exp(year.offset), within=0.0051)  # fmt: skip
