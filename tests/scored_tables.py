"""Every table of the validation of the small scored book, from its rows: by sheet, a list of rows by English heading."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta, chi2, norm

from tests import scored_oracle as oracle
from tests.scored_book import (
    CALIBRATION,
    DRAWS,
    EARNED,
    HORIZON,
    MEMBERS,
    OPEN_YEARS,
    SEARCH,
    SEED,
    SELECTION,
    TOGETHER,
    book,
)

N, BAD, EXPECTED, OBSERVED = "Observations", "Defaults", "Expected default rate", "Observed default rate"  # fmt: skip
SCORES = {"lightgbm": "pd", "scorecard": "card", "oracle": "true_pd"}
RANKING = ("roc_auc", "gini", "ks", "average_precision")
LEVELS = ("mean_pd", "rate", "observed_to_expected", "cox_slope", "brier_skill", "ece", "log_loss")
FURTHER = ("brier", "cox_intercept", "level")
PARTS = ("train", "calibrate", "holdout", "test")
Rows = list[dict[str, Any]]


def out_of_time() -> pd.DataFrame:
    rows = book().part("test")
    return rows.assign(grade=oracle.grade_of(rows["pd"].to_numpy()))


def once() -> pd.DataFrame:
    """The newest date and the one a horizon before it: outcome windows that do not overlap."""
    rows = out_of_time()
    last = rows["as_of"].max()
    return rows[rows["as_of"].isin([last, last - pd.offsets.MonthEnd(HORIZON)])]


@cache
def measured(model: str, part: str) -> dict[str, oracle.Interval]:
    rows = book().part(part)
    return oracle.measures(rows, SCORES[model], oracle.draws(rows, DRAWS, SEED))


def samples() -> Rows:
    found = []
    for part in PARTS:
        rows = book().part(part)
        bad = rows[rows["bad"]]
        found.append({
            "From": str(rows["as_of"].min().date()), "To before": str((rows["as_of"].max() + pd.Timedelta(days=1)).date()),
            N: len(rows), "Customers": rows["customer_id"].nunique(), BAD: len(bad), "Customers that defaulted": bad["customer_id"].nunique(),
            "Default rate": len(bad) / len(rows), "ROC AUC: model": oracle.area(rows), "ROC AUC: scorecard": oracle.area(rows, "card"),
        })  # fmt: skip
    return found


def cells() -> Rows:
    rows = book().rows
    learned, out = rows["part"].isin(["train", "calibrate"]), rows["part"] == "test"
    chosen = (learned, out & ~rows["is_new"], rows["part"] == "holdout", out & rows["is_new"])
    found = []
    for which in chosen:
        one = rows[which]
        skill = oracle.plain(one, "pd", np.ones(len(one)))["brier_skill"]
        found.append({N: len(one), BAD: int(one["bad"].sum()), "ROC AUC": oracle.area(one), "Brier skill": skill, EXPECTED: one["pd"].mean(), OBSERVED: one["bad"].mean()})  # fmt: skip
    return found


def measure_rows(names: tuple[str, ...]) -> Rows:
    titles = {"lightgbm": "LightGBM", "scorecard": "Scorecard", "oracle": "True PD"}
    return [
        {title: measured(model, "test")[name] for model, title in titles.items()} for name in names
    ]


def all_measures() -> Rows:
    found = []
    for model in SCORES:
        for part in PARTS if model != "oracle" else ("test",):
            rows = book().part(part)
            for name in (*RANKING, *LEVELS, *FURTHER):
                value = measured(model, part)[name]
                found.append({N: len(rows), BAD: int(rows["bad"].sum()), "Value (calibration in the large on the logit scale)": value})  # fmt: skip
    return found


def gains() -> Rows:
    found = oracle.premium(book().part("test"), oracle.draws(book().part("test"), DRAWS, SEED))
    return [{"Model less scorecard": found[name]} for name in ("gini", "average_precision", "brier_skill")]  # fmt: skip


def bins() -> Rows:
    rows, found = out_of_time(), []
    for score in SCORES.values():
        for inside in oracle.tenths(rows[score].to_numpy()):
            one = rows.iloc[inside]
            bad = int(one["bad"].sum())
            found.append({N: len(one), BAD: bad, EXPECTED: one[score].mean(), OBSERVED: oracle.jeffreys_rate(bad, len(one))})  # fmt: skip
    return found


def grades() -> Rows:
    return [
        {
            "Grade": row["grade"], N: row["n"], "Share of customers": row["share_n"], "Share of balance": row["share_exposure"], BAD: row["bad"],
            EXPECTED: row["mean_pd"], OBSERVED: row["rate"], "Upper bound": row["upper"],
            "Upper bound, with all riskier grades": row["prudent"], "p-value (Jeffreys)": row["jeffreys"], "p-value (binomial)": row["binomial"],
        }
        for row in oracle.graded(out_of_time(), HORIZON)
    ]  # fmt: skip


def significance() -> Rows:
    return [row for model in ("lightgbm", "scorecard") for row in _tests_of(SCORES[model])]


def _tests_of(score: str) -> Rows:
    rows, few, before = out_of_time(), once(), book().part("train")
    n, bad, mean = oracle.worth(rows, HORIZON, score)
    expected, seen, size = (np.array([values(few.iloc[i]) for i in oracle.tenths(few[score].to_numpy())]) for values in (lambda r: r[score].sum(), lambda r: r["bad"].sum(), len))  # fmt: skip
    hosmer = float(((seen - expected) ** 2 / (expected * (1 - expected / size))).sum())
    terms = (rows["bad"] - rows[score]) * (1 - 2 * rows[score])
    z = terms.sum() / np.sqrt((terms.groupby(rows["customer_id"]).sum() ** 2).sum())
    then, now = oracle.area(book().part("calibrate"), score), oracle.area(rows, score)
    lost = (then[0] - now[0]) / (
        (now[2] - now[1]) / 2 / oracle.Z
    )  # then less now: a gain has a large p-value
    heads = before["customer_id"].nunique(), rows["customer_id"].nunique()
    counts = oracle.counted(before[score].to_numpy(), *(one[score].to_numpy() for one in (before, rows)))  # fmt: skip
    by_score = oracle.psi(counts[0], counts[1], heads)
    by_grade = [np.bincount(oracle.grade_of(one[score].to_numpy()), minlength=11)[1:] for one in (before, rows)]  # fmt: skip
    graded = oracle.psi(by_grade[0], by_grade[1], heads)
    told = [
        (rows["bad"].sum(), float(beta.cdf(mean, bad + 0.5, n - bad + 0.5)), len(rows)), (rows["bad"].sum(), float(beta.cdf(mean, bad, n - bad + 1)), len(rows)),
        (hosmer, float(chi2.sf(hosmer, len(size))), len(few)), (z, float(2 * norm.sf(abs(z))), len(rows)), (lost, float(norm.sf(lost)), len(rows)),
        (by_score[0], by_score[2], len(rows)), (graded[0], graded[2], len(rows)),
    ]  # fmt: skip
    return [{"Statistic": float(value), "p-value": p, N: size_} for value, p, size_ in told]


COUNTRIES = {"DE": "Germany", "FR": "France", "PL": "Poland"}


def segments() -> Rows:
    rows, found = out_of_time(), []
    for level in sorted(rows["country"].unique(), key=lambda one: (-rows[rows["country"] == one]["bad"].sum(), one)):  # fmt: skip
        one = rows[rows["country"] == level]
        observed, mean = oracle.rate(one), one["pd"].mean()
        n, bad, told = oracle.worth(one, HORIZON)
        found.append({
            "Segment": COUNTRIES[level], N: len(one), BAD: int(one["bad"].sum()), "ROC AUC: model": oracle.area(one), "ROC AUC: scorecard": oracle.area(one, "card"),
            EXPECTED: mean, OBSERVED: observed, "Observed over expected": tuple(end / mean for end in observed),
            "p-value (Jeffreys)": float(beta.cdf(told, bad + 0.5, n - bad + 0.5)),
        })  # fmt: skip
    return found


def dates() -> Rows:
    return [
        {"Observation date": str(day.date()), N: len(one), BAD: int(one["bad"].sum()), EXPECTED: one["pd"].mean(), OBSERVED: oracle.rate(one), "ROC AUC": oracle.area(one)}
        for day, one in out_of_time().groupby("as_of")
    ]  # fmt: skip


def by_origin() -> Rows:
    """The first days and the other days of the out-of-time sample, and both."""
    rows = out_of_time()
    days = sorted(rows["as_of"].unique())
    cut = days[len(days) // 2]
    found = []
    for one in (rows[rows["as_of"] < cut], rows[rows["as_of"] >= cut], rows):
        told = oracle.measures(one, "pd", oracle.draws(one, DRAWS, SEED))
        found.append({
            "Origin": str(one["as_of"].min().date()), "To before": str((one["as_of"].max() + pd.Timedelta(days=1)).date()), N: len(one),
            BAD: int(one["bad"].sum()), EXPECTED: one["pd"].mean(), OBSERVED: told["rate"], "Observed over expected": told["observed_to_expected"],
            "ROC AUC": told["roc_auc"], "Brier skill": told["brier_skill"], "Log loss (lower is better)": told["log_loss"],
        })  # fmt: skip
    return found


def open_years() -> Rows:
    """As `data/model/open_rows.json` has them."""
    return [
        {
            "Origin": str(one.origin), "Open observations": one.rows, "Defaulted in the end": one.in_the_end, "Of these, before the origin": one.came,
            "Expected by timing": one.expected, "Log loss with them": one.weighed, "Log loss without": one.left_out,
            "Standard error of the difference": one.error, "On that day": {"weighed": "counted", "left_out": "left out"}[one.taken],
        }
        for one in OPEN_YEARS
    ]  # fmt: skip


def earned() -> Rows:
    """As `data/model/earned.json` has it; no average is told."""
    found = []
    for one in (*EARNED, TOGETHER):
        told = one.search
        assert told is not None
        found.append({
            "Origin": str(one.origin), "To before": str(one.until), "Log loss of that one": told.loss_plain, "Log loss with it": told.loss,
            "Gain in log loss": told.earned, "Standard error of the gain": told.error, "Gain in ROC AUC": told.auc_earned, "Standard error of the AUC gain": told.auc_error,
        })  # fmt: skip
    return found


def matrix() -> oracle.Array:
    rows = out_of_time()
    return oracle.moves(*(rows[rows["as_of"] == day] for day in (rows["as_of"].min(), rows["as_of"].max())))  # fmt: skip


def migrations() -> Rows:
    return [{"From grade": i + 1, **{f"to {j + 1}": int(n) for j, n in enumerate(row)}} for i, row in enumerate(matrix())]  # fmt: skip


def stability() -> Rows:
    before, now = book().part("train"), book().part("test")
    heads = before["customer_id"].nunique(), now["customer_id"].nunique()
    found = []
    for feature in book().models.ensemble.contract.names:
        old, new = before[f"x_{feature}"], now[f"x_{feature}"]
        if feature == "industry":
            counts = [one.value_counts().reindex(sorted(old.unique())).to_numpy() for one in (old, new)]  # fmt: skip
        else:
            counts = oracle.counted(*(one.to_numpy(dtype=float) for one in (old, old, new)))
        if (counts[0] + counts[1] > 0).sum() < 2:
            found.append((0.0, feature, {"PSI": 0.0, "Critical value": 0.0, "p-value": 1.0}))
            continue
        value, critical, p = oracle.psi(counts[0], counts[1], heads)
        found.append((value / critical, feature, {"PSI": value, "Critical value": critical, "p-value": p}))  # fmt: skip
    return [row for *_, row in sorted(found, key=lambda one: (-one[0], one[1]))]


def granted() -> Rows:
    rows = out_of_time()
    now = rows[rows["as_of"] == rows["as_of"].max()]
    order = rows.groupby("country").size().sort_values(ascending=False, kind="stable").index
    most = now[["limit", "balance"]].max(axis=1)
    return [{"Customers": int((now["country"] == one).sum()), "Credit granted": most[now["country"] == one].sum()} for one in order]  # fmt: skip


def truth() -> Rows:
    rows = out_of_time()
    tight = rows["limit"] <= rows["balance"]
    return [
        {N: len(one), "Expected by the model": one["pd"].mean(), "True": one["true_pd"].mean(), OBSERVED: one["bad"].mean()}
        for one in (rows, rows[tight], rows[~tight])
    ]  # fmt: skip


def score_steps() -> Rows:
    rows = out_of_time()
    score = oracle.score_of(rows["pd"].to_numpy())
    edges = np.linspace(score.min(), score.max(), 41)
    place = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, 39)
    shares = [np.bincount(place[rows["bad"] == bad], minlength=40) / (rows["bad"] == bad).sum() for bad in (False, True)]  # fmt: skip
    return [{"Score": (edges[i] + edges[i + 1]) / 2, "Share of survivors": shares[0][i], "Share of defaulters": shares[1][i]} for i in range(40)]  # fmt: skip


def cuts() -> Rows:
    rows = out_of_time()
    return [{"Survivors above the cut-off": across, "Defaulters above the cut-off": up} for score in SCORES.values() for across, up in oracle.curve(rows, score)]  # fmt: skip


def points() -> Rows:
    """Bins of the scorecard; the share of the development sample in each."""
    train, found = book().part("train"), []
    for term in sorted(book().models.scorecard.terms, key=lambda one: (-one.iv, one.feature)):
        values = train[f"x_{term.feature}"]
        if term.groups is not None:
            inside = [values.isin(group) for group in term.groups]
        else:
            ends = [-np.inf, *(term.edges or ()), np.inf]
            inside = [(values >= low) & (values < high) for low, high in pairwise(ends)]  # fmt: skip
        missing = ~np.logical_or.reduce(inside)
        for rows, woe in zip([*inside, missing], [*term.woe, term.missing_woe], strict=True):
            found.append({
                "Share of observations": rows.mean(), "Points": -40 / np.log(2) * term.coefficient * woe, "Weight of evidence": woe,
                "Information value": term.iv, "Coefficient": term.coefficient,
            })  # fmt: skip
    return found


def facts() -> Rows:
    contract, scorecard = book().models.ensemble.contract, book().models.scorecard
    last, counts = out_of_time(), out_of_time()["grade"].value_counts().to_numpy()
    newest = last[last["as_of"] == last["as_of"].max()].groupby("grade")["balance"].sum()
    moved = matrix()
    near = sum(moved[i, j] for i in range(10) for j in range(10) if abs(i - j) <= 1)
    trees = sum(one.num_trees() for one in book().models.ensemble.boosters)
    promised = sum(feature.direction != 0 for feature in contract.features)
    base = 600 - 40 * np.log2(30) - 40 / np.log(2) * scorecard.intercept
    values = [
        HORIZON, 0.95, trees, len(contract.features), promised, 0, ((counts / counts.sum()) ** 2).sum(), ((newest / newest.sum()) ** 2).sum(),
        oracle.bandwidth(moved, up=True), oracle.bandwidth(moved, up=False), np.trace(moved) / moved.sum(), near / moved.sum(),
        *(SEARCH[key] for key in ("trials", "complete", "pruned", "best_log_loss", "by_hand_log_loss")), SELECTION["kept"], SELECTION["of"], base,
    ]  # fmt: skip
    return [{}] * 5 + [{"Number": value} for value in values]


def others() -> dict[str, Rows]:
    """What other stages left: shown as it came."""
    trees = [one.num_trees() for one in book().models.ensemble.boosters]
    tried: Any = MEMBERS["tried"]
    candidates: Any = CALIBRATION["candidates"]
    importance: Any = SEARCH["importance"]
    selected: Any = SELECTION["rows"]
    return {
        "Boosters": [{"Trees": n, "Weight": 1 / len(trees)} for n in trees],
        "Variants": [{"Trees": one["rounds"], "Log loss on later data (lower is better)": one["log_loss"]} for one in tried],
        "Calibration": [{"Log loss (lower is better)": one["log_loss"], "Standard error of the gap to the best": one["standard_error"]} for one in candidates],
        "Search": [{"Share of the variation between trials": one["importance"]} for one in importance],
        "Selection": [{"Share of the explained variation": one["share"], "Folds in which it shifted": one["unstable_folds"]} for one in selected],
    }  # fmt: skip


@cache
def refitted() -> pd.DataFrame:
    """The newest day of the out-of-time sample: PDs of the model that ships (`own`) and of its twin, and the grade of their middle."""
    rows = out_of_time()
    rows = rows[rows["as_of"] == rows["as_of"].max()]
    features = rows[[name for name in rows if name.startswith("x_")]].rename(columns=lambda name: str(name)[2:])  # fmt: skip
    models = book().models
    assert models.shipped is not None
    codes = models.ensemble.contract.encode(features)
    own, twin = (
        np.mean([one.predict(codes, raw_score=True) for one in made.boosters], axis=0) - down
        for made, down in ((models.shipped[0], 0.1), (models.ensemble, 0.4))
    )
    middle = 1 / (1 + np.exp(-(own + twin) / 2))
    return rows.assign(own=1 / (1 + np.exp(-own)), twin=1 / (1 + np.exp(-twin)), grade=oracle.grade_of(middle))  # fmt: skip


def refit_by_grade() -> Rows:
    """Grades with thirty customers."""
    found = []
    for grade, rows in refitted().groupby("grade"):
        if rows["customer_id"].nunique() >= 30:
            own, twin = rows["own"].mean(), rows["twin"].mean()
            found.append({
                "Grade": grade, "Customers": rows["customer_id"].nunique(), "Mean PD, validated": twin, "Mean PD, production": own,
                "Log of the ratio": np.log(own / twin),
            })  # fmt: skip
    return found


@cache
def expected() -> dict[str, Rows]:
    """Every sheet with a number."""
    return {
        "Samples": samples(), "Two by two": cells(), "Test measures": measure_rows((*RANKING, *LEVELS)), "All measures": all_measures(),
        "Premium": gains(), "Reliability": bins(), "Grades": grades(), "Tests": significance(), "Segments": segments(), "By date": dates(),
        "Migrations": migrations(), "Stability": stability(), "Selective outcomes": granted(), "Truth by limit": truth(), "Scores": score_steps(),
        "ROC": cuts(), "Scorecard": points(), "Verdict": facts(), "Refit by grade": refit_by_grade(), "By origin": by_origin(), "Open outcomes": open_years(), "Search and averaging": earned(), **others(),
    }  # fmt: skip
