"""What the champion has learned, and what the book of today may tell of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.errors import ContractError, RegistryError
from models.registry.champion import Champion
from models.upkeep.ladder import Climb, Correction
from models.upkeep.matured import newly_matured
from models.upkeep.recalibration import decide, line, report
from models.upkeep.ruling import ruling
from models.upkeep.since import absent_inputs, observed, refuse_earlier_book, unseen_pd
from models.upkeep.watched import watched

FEATURES = [{"name": name, "dtype": "number", "direction": 0} for name in ("late", "owed")]
DAYS = pd.date_range("2023-01-01", "2024-12-01", freq="MS")


class Held(Champion):
    """A champion of two inputs whose PD is 10 % for everybody; its answers to rows without an input are not asked for."""

    def predict(self, sent: pd.DataFrame) -> pd.DataFrame:
        n = len(sent)
        return pd.DataFrame({"margin": np.full(n, -2.2), "pd": np.full(n, 0.1), "score": np.full(n, 500), "grade": np.full(n, 8)})  # fmt: skip


def champion(*files: str, **reference: Any) -> Champion:
    told = {"until": "2024-01-02", "from": "2023-02-01", "calibrated_until": "2023-02-01", "outcomes": {}}  # fmt: skip
    kept = {
        "reference.json": {**told, **reference},
        "contract.json": {"features": FEATURES, "horizon_months": 12, "portfolio": "demo"},
        "reasons.json": {"features": {}},
        "scale.json": ScaleConfig().model_dump(),
    }
    bundle = SimpleNamespace(json=kept.__getitem__, files=dict.fromkeys(files, b""))
    return Held("bonitas-demo", "7", "d" * 64, cast("Any", bundle), cast("Any", None))


def book() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forty customers on every day, thirty of whom default within a year of the first."""
    names = [f"C{n:02d}" for n in range(40)]
    key = pd.MultiIndex.from_product([names, DAYS], names=["customer_id", "as_of"]).to_frame(index=False)  # fmt: skip
    ripe = key["as_of"] < "2024-01-01"
    bad = (key["customer_id"] < "C30").astype(object).where(ripe, None)
    return key.assign(late=1.0, owed=2.0), key.assign(defaulted=bad)


def test_a_book_that_ends_before_the_champion_is_refused() -> None:
    matrix, cohort = book()
    refuse_earlier_book(champion(), matrix)
    refuse_earlier_book(champion(calibrated_until="2024-12-02"), matrix)  # its own last day
    for known in ({"calibrated_until": "2024-12-03"}, {"until": "2025-06-02"}):
        late = champion(**known)
        for ask in (
            lambda one: watched(one, matrix, cohort, None, 12, RecalibrateConfig()),
            lambda one: newly_matured(one, matrix, cohort, RecalibrateConfig()),
        ):
            with pytest.raises(RegistryError, match="The book ends before the champion: version 7"):
                ask(late)


def test_no_outcome_counts_while_an_input_is_not_delivered() -> None:
    matrix, cohort = book()
    assert newly_matured(champion(), matrix, cohort, RecalibrateConfig()).evidence.defaults == 30
    one = matrix.drop(columns="owed")
    assert absent_inputs(champion(), one) == ["owed"]
    found = newly_matured(champion(), one, cohort, RecalibrateConfig())
    assert (len(found.rows), found.absent, found.evidence.defaults) == (0, ("owed",), 0)
    climbed, checks = decide(found, RecalibrateConfig(), {})
    assert climbed == Climb("none", Correction(), climbed.steps, None)
    said = ruling(found, climbed, checks, RecalibrateConfig(), {})
    assert said.case == "absent"
    text = report(champion(), found, climbed, checks, RecalibrateConfig(), said)
    assert "not delivered (owed)" in line(text, found.absent)
    assert "not delivered" not in line(text)


def test_an_input_of_another_kind_is_not_delivered() -> None:
    """Words where numbers were would end in a ValueError, and numbers where levels were in an unknown level of everybody."""
    matrix, cohort = book()
    words = matrix.assign(owed="much")
    assert absent_inputs(champion(), words) == ["owed"]
    assert newly_matured(champion(), words, cohort, RecalibrateConfig()).absent == ("owed",)
    assert absent_inputs(champion(), matrix.assign(owed=None)) == []  # all missing: UP-Q2 tells it


def test_a_matrix_and_a_cohort_of_different_runs_are_refused() -> None:
    matrix, cohort = book()
    others = matrix.assign(customer_id=matrix["customer_id"] + "x")
    for one, two, said in (
        (matrix, cohort.iloc[:-1], "1 of 960 observations"),
        (matrix.iloc[1:], cohort, "1 of 960 observations"),
        (others, cohort, "1,920 of 1,920 observations"),
    ):
        for ask in (
            lambda a, b: watched(champion(), a, b, None, 12, RecalibrateConfig()),
            lambda a, b: newly_matured(champion(), a, b, RecalibrateConfig()),
        ):
            with pytest.raises(ContractError, match=said) as caught:
                ask(one, two)
            assert "different runs" in str(caught.value)
    assert "C39 on 2024-12-01, in the matrix alone" in str(_refused(matrix, cohort.iloc[:-1]))
    assert "C00 on 2023-01-01, in the cohort alone" in str(_refused(matrix.iloc[1:], cohort))


def _refused(matrix: pd.DataFrame, cohort: pd.DataFrame) -> ContractError:
    with pytest.raises(ContractError) as caught:
        observed(matrix, cohort)
    return caught.value


def test_a_twin_without_its_inputs_says_nothing_instead_of_failing() -> None:
    """The check of what is delivered names them; without an answer timing is not told by PD."""
    rows = book()[0].drop(columns="owed").assign(pd=0.1)
    told = unseen_pd(champion("twin_booster.txt", twin_until="2023-01-01"), rows)
    assert told.isna().all()
    assert unseen_pd(champion(), rows).notna().any()


def test_what_a_promoted_recalibration_has_learned_is_not_evidence_again() -> None:
    """Eleven of the twelve months that these outcomes speak of told its level; the last alone counts, and no slope is asked."""
    matrix, cohort = book()
    first = newly_matured(champion(), matrix, cohort, RecalibrateConfig())
    assert first.evidence.counted == (30, 30, 30)
    known = {"calibrated_until": "2023-12-01", "until": "2023-12-01", "levelled_until": "2024-11-01"}  # fmt: skip
    after = newly_matured(champion(**known), matrix, cohort, RecalibrateConfig())
    assert set(after.rows["as_of"]) == {pd.Timestamp("2023-12-01")}
    assert after.evidence.defaults == 30
    assert after.evidence.counted[1:] == (0, 0)
    assert after.evidence.counted[0] <= 30
    climbed, _ = decide(after, RecalibrateConfig(min_defaults_offset=31), {})
    assert climbed.decision == "none"
    whole = newly_matured(champion(**{**known, "levelled_until": "2024-12-01"}), matrix, cohort, RecalibrateConfig())  # fmt: skip
    assert whole.evidence.counted == (0, 0, 0)
    assert decide(whole, RecalibrateConfig(), {})[0].decision == "none"
