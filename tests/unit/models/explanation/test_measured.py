"""How far reasons are true: recomputed customer by customer; and reasons of other customers are refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from contracts.config.explanation import ExplainConfig
from contracts.config.scale import ScaleConfig
from contracts.errors import BundleError
from contracts.scale import exact_score, grade
from models.boosting.booster import Ensemble
from models.boosting.shapley import Explainer
from models.calibration import calibrators
from models.explanation.explanation import Explained, Known, explain
from models.explanation.history import Judge
from models.explanation.measured import MIN_SHARE, Witness, agreements, measured, refuse_foreign
from models.explanation.peers import newest_healthy
from models.explanation.reasons import Said
from tests.serve_project import FEATURES, fit, lineage, simulate

SCALE = ScaleConfig()
SIGMOID = calibrators.from_json({"method": "identity"}).apply
NAMES = [one.name for one in FEATURES]


@dataclass(frozen=True)
class Case:
    """A model, what it explained, and with what it is measured."""

    model: Ensemble
    found: Explained
    witness: Witness
    industries: list[object]
    said: list[list[Said]]

    def of(self, model: Ensemble) -> Witness:
        judge = replace(self.witness.judge, ensemble=model, explainer=Explainer(model))
        return replace(self.witness, judge=judge)


@pytest.fixture(scope="module")
def case() -> Case:
    rows = simulate(120, 72).rows
    model = fit(rows)
    matured = rows[rows["defaulted"].notna()]
    industry = dict(zip(rows["customer_id"], rows["industry"], strict=True))
    settings = (ExplainConfig(), SCALE, "EUR")
    found = explain(rows.drop(columns="defaulted"), Known(matured, industry), lineage(), (model, {"method": "identity"}), settings)  # fmt: skip
    judge = Judge(model, Explainer(model), SIGMOID, SCALE)
    witness = Witness(judge, found.speaker, newest_healthy(matured), lineage())
    whose: list[object] = [industry[one] for one in found.book["customer_id"]]
    return Case(model, found, witness, whose, [list(some) for some in witness.reasons(found.book, whose)])  # fmt: skip


def test_the_score_is_recomputed_with_the_healthy_value_of_each_reason(case: Case) -> None:
    book, told = case.found.book, case.found.reasons
    told = told[told["role"] == "reason"]
    groups = case.found.speaker.peers.of(case.industries)
    rises, lifts = [], []
    for place, customer in enumerate(book["customer_id"]):
        own = told.loc[told["customer_id"] == customer, "feature"].tolist()
        if not own:
            continue
        row = book.iloc[[place]].copy()
        before = SIGMOID(case.model.margin(row))
        for name in own:
            row[name] = pd.Series([case.found.speaker.peers.group[groups[place]][name]], index=row.index, dtype=row[name].dtype)  # fmt: skip
        after = SIGMOID(case.model.margin(row))
        rises.append(exact_score(after, SCALE)[0] > exact_score(before, SCALE)[0] + 1e-6)
        lifts.append(grade(after, SCALE)[0] < grade(before, SCALE)[0])
    found = case.found.measured
    assert found.customers == len(rises) > 20
    assert found.rises == pytest.approx(np.mean(rises))
    assert found.lifts == pytest.approx(np.mean(lifts))
    assert found.idea_rises is not None


def test_reasons_of_other_customers_are_refused(case: Case) -> None:
    codes = case.model.contract.encode(case.found.book)
    phi = case.model.contributions(codes)[:, :-1]
    one_grade = np.full(len(codes), 5.0)
    own, foreign = agreements(case.witness, phi, case.said, one_grade)
    assert own[0].customers >= 30
    assert own[0].among > 0.9
    refuse_foreign(own)
    assert foreign is not None
    # a reason of an input that adds points to the customer
    best = np.argmin(phi, axis=1)
    planted = [[replace(one, position=int(best[place])) for one in some[:1]] for place, some in enumerate(case.said)]  # fmt: skip
    wrong, _ = agreements(case.witness, phi, planted, one_grade)
    assert wrong[0].among < MIN_SHARE
    with pytest.raises(BundleError, match="not those of the model"):
        refuse_foreign(wrong)
    refuse_foreign([wrong[0].model_copy(update={"customers": 29})])  # too few to judge


def test_the_whole_measure_refuses_them_too(case: Case) -> None:
    phi = case.model.contributions(case.model.contract.encode(case.found.book))[:, :-1]
    planted = [[replace(one, position=int(phi[place].argmin())) for one in some[:1]] for place, some in enumerate(case.said)]  # fmt: skip
    scale = ScaleConfig(grade_bounds=(1e-9,))  # all in one grade
    witness = replace(case.witness, judge=replace(case.witness.judge, scale=scale))
    with pytest.raises(BundleError):
        measured(witness, case.found.book, case.industries, planted)


def test_one_booster_has_no_overlap_and_two_of_the_same_agree(case: Case) -> None:
    assert case.found.measured.overlap is None
    twice = Ensemble((case.model.boosters[0], case.model.boosters[0]), case.model.contract)
    found = measured(case.of(twice), case.found.book, case.industries, case.said)
    assert found.members == 2
    assert found.overlap == pytest.approx(1.0)
    assert found.rises == case.found.measured.rises


def test_an_inert_input_moves_no_score_and_every_other_does(case: Case) -> None:
    book = case.found.book
    before = case.model.margin(book)
    inert = {one.feature for one in case.found.measured.inert}
    assert case.found.measured.inputs == len(NAMES)
    for name in NAMES:
        moved = book.assign(**{name: book[name].iloc[::-1].to_numpy()})
        assert not (np.abs(case.model.margin(moved) - before).max() > 0 and name in inert)


def test_a_planted_trouble_is_found_by_whoever_speaks(case: Case) -> None:
    found = case.found.measured
    assert found.planted > 20
    assert found.recall is not None
    assert found.recall > 0.5
    silent = replace(case.witness, speaker=replace(case.witness.speaker, most=0))
    assert measured(silent, case.found.book, case.industries, case.said).recall == 0.0
