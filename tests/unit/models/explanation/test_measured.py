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
from models.explanation.absent import absent
from models.explanation.explanation import Explained, Known, explain
from models.explanation.healed import healed_book
from models.explanation.history import Books, Judge
from models.explanation.measured import MIN_SHARE, agreements, measured, refuse_foreign
from models.explanation.peers import newest_healthy
from models.explanation.reasons import Said
from models.explanation.witness import Witness
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
    found = explain(Books.of(rows.drop(columns="defaulted"), settings[0].history), Known(matured, industry), lineage(), (model, {"method": "identity"}), settings)  # fmt: skip
    judge = Judge(model, Explainer(model), SIGMOID, SCALE)
    whose: list[object] = [industry[one] for one in found.book["customer_id"]]
    healthy = newest_healthy(matured)
    theirs: list[object] = [industry[one] for one in healthy["customer_id"]]
    witness = Witness(judge, found.speaker, healthy, lineage(), theirs, 20)
    return Case(model, found, witness, whose, [list(some) for some in witness.reasons(found.book, whose)])  # fmt: skip


def healed(case: Case, place: int, features: set[str]) -> pd.DataFrame:
    """A row of the book with the values of its healthy peers in these inputs, wherever it is on the riskier side of them."""
    row = case.found.book.iloc[[place]].copy()
    usual = case.found.speaker.peers.group[case.found.speaker.peers.of(case.industries)[place]]
    for one in case.found.speaker.features:
        own, typical = row[one.name].iloc[0], usual[one.name]
        if one.name not in features or one.role != "reason" or pd.isna(own) or typical is None:
            continue
        if one.dtype == "category":
            is_worse = str(own) != str(typical)
        else:
            gap, side = float(own) - float(typical), one.direction or one.speaks
            is_worse = gap * side > 0 if side else gap != 0
        if is_worse:
            row[one.name] = pd.Series([typical], index=row.index, dtype=row[one.name].dtype)
    return row


def test_scores_and_grades_are_recomputed_with_each_reason_healed(case: Case) -> None:
    """The ideas are those of the declarations and the groups; no input of the book is missing in this world."""
    told = case.found.reasons[case.found.reasons["role"] == "reason"]
    features, group = case.found.features, case.found.speaker.group
    place_of = {one.name: place for place, one in enumerate(features)}
    idea = {
        one.name: {other.name for other in features if other.subject == one.subject or group[place_of[other.name]] == group[place_of[one.name]]}
        for one in features
    }  # fmt: skip
    each, rises, lifts, able = [], [], [], []
    for place, customer in enumerate(case.found.book["customer_id"]):
        own = told.loc[told["customer_id"] == customer, "feature"].tolist()
        if not own or case.found.book.iloc[place].isna().any():
            continue
        before = SIGMOID(case.model.margin(case.found.book.iloc[[place]]))

        def after(names: set[str], at: int = place) -> tuple[float, int]:
            chance = SIGMOID(case.model.margin(healed(case, at, names)))
            return float(exact_score(chance, SCALE)[0]), int(grade(chance, SCALE)[0])

        now = float(exact_score(before, SCALE)[0]), int(grade(before, SCALE)[0])
        each += [after(idea[one])[0] > now[0] for one in own]
        both = after(set.union(*(idea[one] for one in own)))
        rises.append(both[0] > now[0])
        lifts.append(both[1] < now[1])
        able.append(after(set(NAMES))[1] < now[1])
    assert len(rises) > 20
    rows = case.found.book[~case.found.book.isna().any(axis=1).to_numpy()].reset_index(drop=True)
    kept = np.flatnonzero(~case.found.book.isna().any(axis=1).to_numpy())
    said = [[one for one in case.said[place] if one.role == "reason"] for place in kept]
    whose = [case.industries[place] for place in kept]
    phi = case.model.contributions(case.model.contract.encode(rows))[:, :-1]
    found = healed_book(case.witness, rows, whose, said, phi)
    assert found.customers == len(rises)
    assert found.each == pytest.approx(np.mean(each)) == 1.0
    assert found.share(found.rises, found.has) == pytest.approx(np.mean(rises))
    assert found.share(found.lifts, found.has) == pytest.approx(np.mean(lifts))
    interval = found.between(found.lifts)
    assert interval is not None
    assert interval.value == pytest.approx(np.mean(np.array(lifts)[np.array(able)]))
    # Wilson's interval by its formula
    n, p, z = sum(able), interval.value, 1.959964
    middle, half = (p + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)  # fmt: skip
    assert (interval.low, interval.high) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_an_idea_whose_healing_does_not_raise_the_score_is_no_reason(case: Case) -> None:
    """The same points and sentences, and a model that answers the other way round: nothing is said."""
    rows, whose = case.found.book, case.industries
    made = case.witness.judge.points(rows).by_feature
    speaker, gone = case.witness.speaker, absent(rows, lineage())
    asked = speaker.reasons(made, rows, whose, gone, case.witness.judge.healer)
    assert sum(one.role == "reason" for some in asked for one in some) > 20
    turned = replace(case.witness.judge.healer, calibrate=lambda margin: SIGMOID(-margin))
    denied = speaker.reasons(made, rows, whose, gone, turned)
    assert not any(one.role == "reason" for some in denied for one in some)


def test_healthy_customers_drawn_anew_give_nearly_the_same_reasons(case: Case) -> None:
    found = case.found.measured.drawn_anew
    assert found is not None
    assert 0.5 < found < 1.0


def test_reasons_of_other_customers_are_refused(case: Case) -> None:
    codes = case.model.contract.encode(case.found.book)
    phi = case.model.contributions(codes)[:, :-1]
    one_grade = np.full(len(codes), 5.0), np.zeros(len(codes), dtype=np.bool_)
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
    assert found.planted > 10
    assert found.recall is not None
    assert found.recall > 0.5
    silent = replace(case.witness, speaker=replace(case.witness.speaker, most=0))
    assert measured(silent, case.found.book, case.industries, case.said).recall == 0.0
