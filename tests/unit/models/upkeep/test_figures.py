"""Every figure on the monitoring page, recomputed from the rows with numpy, pandas and scipy alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, chi2

from contracts.config.upkeep import MonitorConfig
from contracts.scale import grade, score
from models.registry.bundle import Bundle
from models.registry.champion import Champion
from models.registry.reference import registration_sample
from models.upkeep.monitoring import monitor
from models.upkeep.watched import Watched
from reports.monitoring import PAGE
from tests.page_figures import body, english, section, tables, text, tiles

CONFIG = MonitorConfig()
FEATURES = (
    {"name": "steady", "dtype": "number", "direction": 1},
    {"name": "moved", "dtype": "number", "direction": 1},
    {"name": "sparse", "dtype": "number", "direction": 0},
    {"name": "trade", "dtype": "category", "direction": 0, "levels": ["a", "b", "c"]},
)
WORDING = {one["name"]: {"wording_en": f"the {one['name']} input", "wording_zh": f"输入{n}"} for n, one in enumerate(FEATURES)}  # fmt: skip


def cohorts(start: str, customers: int, seed: int, *, moved: float = 0.0, gaps: float = 0.31) -> pd.DataFrame:  # fmt: skip
    """Twelve month-ends of customers whose PD is that of their first feature; one default in each year of a defaulter."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(-2.6, 1.3, customers)
    fell = draw.random(customers) < 1 / (1 + np.exp(-odds))
    frames = []
    for day in pd.date_range(start, periods=12, freq="ME"):
        chance = 1 / (1 + np.exp(-(odds + draw.normal(0, 0.2, customers))))
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": [f"{seed}-{number}" for number in range(customers)],
                    "as_of": day, "pd": chance, "defaulted": fell,
                    "steady": odds + draw.normal(0, 1e-6, customers), "moved": draw.gamma(2, 5, customers) + moved,
                    "sparse": np.where(draw.random(customers) < gaps, np.nan, draw.normal(size=customers)),
                    "trade": draw.choice(["a", "b", "c"], customers),
                }
            )
        )  # fmt: skip
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(score=score(rows["pd"], _scale()), grade=grade(rows["pd"], _scale()))


def _scale() -> Any:
    from contracts.config.scale import ScaleConfig  # noqa: PLC0415 - one default scale for the whole file

    return ScaleConfig()


class Made:
    """Rows and page."""

    def __init__(self, folder: Path) -> None:
        self.before = cohorts("2023-01-31", 500, 1)
        self.now = cohorts("2025-01-31", 400, 2, moved=6.0, gaps=0.6)
        self.matured = cohorts("2024-01-31", 450, 3)
        features = [dict(one) for one in FEATURES]
        reference = registration_sample(
            self.before, features, bins=CONFIG.bins, horizon_months=12, n_grades=10
        )
        contract = {"portfolio": "demo", "features": features}
        bundle = Bundle({"contract.json": json.dumps(contract).encode(), "reference.json": b"{}"})
        champion = Champion("bonitas-demo", "7", "0" * 64, bundle, folder)
        seen = Watched(reference, features, WORDING, self.now, self.matured, [], 12, 10)
        monitor(champion, seen, CONFIG).write(Path(PAGE.document))
        PAGE.write()
        self.html = Path(PAGE.file).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("monitoring")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return Made(folder)


def shares(values: pd.Series[Any], name: str, before: pd.Series[Any]) -> Any:
    """Rows by tenth of the registration sample (upper bounds included), or by level; then the missing ones."""
    if name == "trade":
        return np.array([(values == level).sum() for level in "abc"])
    edges = [tenth[-1] for tenth in np.array_split(np.sort(before.dropna()), 10)[:-1]]
    bins = pd.cut(values, [-np.inf, *edges, np.inf]).value_counts(sort=False).to_numpy()
    return np.append(bins, values.isna().sum())


def psi(made: Made, name: str) -> tuple[float, float, float]:
    """PSI, limit and p-value: customers are the sample size, half of one is added to each bin.

    The book has no past, so chance alone counts: 5 % of half an alarm a year, twelve looks, four inputs.
    """
    n, m = 500, 400
    counts = [shares(rows[name], name, made.before[name]) for rows in (made.before, made.now)]
    kept = counts[0] + counts[1] > 0
    heads = [part[kept] / part.sum() * size + 0.5 for part, size in zip(counts, (n, m), strict=True)]  # fmt: skip
    expected, actual = (part / part.sum() for part in heads)
    index = float(np.sum((actual - expected) * np.log(actual / expected)))
    spread, freedom = 1 / n + 1 / m, int(kept.sum()) - 1
    return index, chi2.isf(0.5 * 0.05 / 12 / 4, freedom) * spread, chi2.sf(index / spread, freedom)


def test_the_table_of_inputs(made: Made) -> None:
    names = [str(one["name"]) for one in FEATURES]
    found = {name: psi(made, name) for name in names}
    flagged = {name for name in names if found[name][0] > found[name][1]}
    assert flagged == {"moved", "sparse"}
    order = sorted(names, key=lambda name: (name not in flagged, -found[name][0] / found[name][1]))
    wanted = [
        [
            f"The {name} input",
            "shifted" if name in flagged else "",
            f"{found[name][0]:.3f}",
            "–",
            f"{found[name][1]:.3f}",
            *(f"{rows[name].isna().mean() * 100:.1f}%" for rows in (made.before, made.now)),
        ]
        for name in order
    ]
    assert body(section(made.html, "Have the input distributions shifted?")) == wanted
    assert tiles(made.html)["Inputs that have shifted"] == ("2", "of 4 inputs")


def test_expected_and_observed_by_grade(made: Made) -> None:
    """Only the newest matured month: twelve months of one default are one default."""
    once = made.matured[made.matured["as_of"] == made.matured["as_of"].max()]
    *shown, last = body(section(made.html, "Expected and observed defaults by grade"))
    for number, row in enumerate(shown, 1):
        part = once[once["grade"] == number]
        n, hits, mean = len(part), int(part["defaulted"].sum()), part["pd"].mean()
        figures = ["–"] * 3
        if n:
            p_value = beta(hits + 0.5, n - hits + 0.5).cdf(mean)
            figures = [f"{mean * 100:.2f}%", f"{hits / n * 100:.2f}%", f"{p_value:.3f}"]
        assert row[0].split()[0] == str(number)
        assert row[1:] == [str(n), str(hits), *figures]
    assert last[1:3] == [str(len(once)), str(int(once["defaulted"].sum()))]
    assert len(once) == 450


def auc(rows: pd.DataFrame) -> float:
    """The share of pairs in which the row that defaults has the higher PD, ties counting half."""
    bad, good = (rows.loc[rows["defaulted"] == one, "pd"].to_numpy() for one in (True, False))
    return float((np.sign(bad[:, None] - good[None, :]) / 2 + 0.5).mean())


def expected_auc(chance: Any) -> float:
    """The same over all pairs, each counted with the chance that the first defaults and the second does not."""
    pairs = chance[:, None] * (1 - chance[None, :])
    np.fill_diagonal(pairs, 0.0)
    return float((pairs * (np.sign(chance[:, None] - chance[None, :]) / 2 + 0.5)).sum() / pairs.sum())  # fmt: skip


def test_the_sentences_carry_the_figures_of_the_rows(made: Made) -> None:
    page = text(english(made.html))
    rows = made.matured
    heads = rows.loc[rows["defaulted"], "customer_id"].nunique()
    assert (
        f"Days of decision {rows['as_of'].min():%Y-%m-%d} to {rows['as_of'].max():%Y-%m-%d}: "
        f"observed default rate {rows['defaulted'].mean():.2%} ({heads} customers in default), "
        f"expected {rows['pd'].mean():.2%}"
    ) in page
    assert f"AUC {auc(rows):.3f} (standard error " in page
    assert f"{auc(made.before):.3f} at registration" in page
    now, before = (expected_auc(one["pd"].to_numpy()) for one in (made.now, made.before))
    assert f"the AUC on today's customers will be {now:.3f}" in page
    assert f"{before:.3f}" in page.split(f"will be {now:.3f}", 1)[1][:60]
    assert "Newest cohorts: as-of dates 2025-01-31 to 2025-12-31." in page
    assert "Registration sample: 2023-01-31 to 2023-12-31." in page


def test_the_tiles_count_what_the_tables_show(made: Made) -> None:
    shown = tiles(made.html)
    assert shown["Customers in the newest cohorts"] == ("400", "from 4,800 observations")
    asking = body(section(made.html, "Findings"))
    watched = sum(row[0] == "Watch" for row in asking)
    acting = len(asking) - watched
    assert shown["Findings that call for action"] == (
        str(acting),
        f"of 13 checks; to be watched: {watched}",
    )
    assert watched
    assert shown["Could not be checked"] == ("3", "of 13 checks")
    assert len(asking) + len(body(section(made.html, "Checks that passed"))) == 10
    first = tables(section(made.html, "Findings"))[0][1]
    assert first[0] == text(re_verdict(made.html))


def re_verdict(html: str) -> str:
    """What the box at the top calls for: the same as the first finding."""
    return english(html).split("<strong>", 1)[1].split("</strong>", 1)[0]
