"""How far the printed reasons are true, measured on the newest book; and a refusal where they are not those of the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.documents.explanations import Agreement, Inert, ReasonsMeasured
from contracts.errors import BundleError
from contracts.scale import exact_score, grade
from models.boosting.booster import Ensemble
from models.boosting.shapley import Explainer
from models.explanation.absent import absent
from models.explanation.groups import hashed_sample
from models.explanation.history import Judge
from models.explanation.reasons import Said, Spokesman

SAMPLE = 2_000
"""Customers that are looked at, at the most."""
ALONE = 500
"""Of them, whose reasons are asked of each booster alone."""
PLANTED_EACH = 10
"""Healthy customers that a trouble is planted in, of each idea."""
AMONG = 4
MIN_SHARE = 0.5
"""Reasons dealt to other customers agree with SHAP values in one case of five to ten; those of the model in nearly all."""
MIN_CUSTOMERS = 30
"""Fewer of a grade are shown and not judged."""
NOISE = 1e-6
Reasons = Sequence[Sequence[Said]]


@dataclass(frozen=True, slots=True)
class Witness:
    """What reasons are measured with.

    Attributes:
        judge: the model.
        speaker: who gives the reasons.
        healthy: rows of the matrix of healthy customers.
        lineage: the declarations.
    """

    judge: Judge
    speaker: Spokesman
    healthy: pd.DataFrame
    lineage: pd.DataFrame

    def reasons(self, rows: pd.DataFrame, industries: Sequence[object]) -> list[list[Said]]:
        """The reasons of any rows, without the context."""
        made = self.judge.points(rows).by_feature
        said = self.speaker.reasons(made, rows, industries, absent(rows, self.lineage))
        return [[one for one in some if one.role == "reason"] for some in said]

    def alone(self, member: int) -> Witness:
        """The same with one of the boosters in the place of their average."""
        whole = self.judge.ensemble
        single = Ensemble((whole.boosters[member],), whole.contract)
        judge = replace(self.judge, ensemble=single, explainer=Explainer(single))
        usual = judge.points(hashed_sample(self.healthy, ALONE)).by_feature.mean(axis=0)
        return replace(self, judge=judge, speaker=replace(self.speaker, healthy_points=usual))

    def ideas(self, position: int) -> frozenset[int]:
        """The places of all inputs that say the same as one of them: of its subject, or of its correlated group."""
        features, group = self.speaker.features, self.speaker.group
        subject = features[position].subject
        same = (group == group[position]) | np.array([one.subject == subject for one in features])
        return frozenset(np.flatnonzero(same).tolist())

    def scores(self, codes: Floats) -> tuple[Floats, Floats]:
        """Exact score and grade of encoded rows."""
        chance = self.judge.calibrate(self.judge.ensemble.margin_of(codes))
        return exact_score(chance, self.judge.scale), np.asarray(grade(chance, self.judge.scale), dtype=np.float64)  # fmt: skip


def measured(
    witness: Witness, book: pd.DataFrame, industries: Sequence[object], said: Reasons
) -> ReasonsMeasured:
    """All measures.

    Args:
        witness: what they are measured with.
        book: rows of the newest book.
        industries: of its customers.
        said: what was said of each of its rows.

    Raises:
        BundleError: see `refuse_foreign`.
    """
    drawn = hashed_sample(book.assign(place=np.arange(len(book))), SAMPLE)["place"].to_numpy()
    rows = book.iloc[drawn].reset_index(drop=True)
    whose = [industries[place] for place in drawn]
    reasons = [[one for one in said[place] if one.role == "reason"] for place in drawn]
    codes = witness.judge.ensemble.contract.encode(rows)
    has = np.array([len(some) > 0 for some in reasons], dtype=np.bool_)
    before = witness.scores(codes)
    named = _healed(witness, codes, whose, [[one.position for one in some] for some in reasons])
    meant = _healed(witness, codes, whose, [[place for one in some for place in witness.ideas(one.position)] for some in reasons])  # fmt: skip
    phi = witness.judge.ensemble.contributions(codes)[:, :-1]
    agreement, foreign = agreements(witness, phi, reasons, before[1])
    refuse_foreign(agreement)
    found, plain, planted = _planted(witness, rows, phi)
    return ReasonsMeasured(
        customers=int(has.sum()),
        **_better("", before, witness.scores(named), has),
        **_better("idea_", before, witness.scores(meant), has),
        members=len(witness.judge.ensemble.boosters),
        overlap=_overlap(witness, rows.iloc[:ALONE], whose[:ALONE], reasons[:ALONE]),
        planted=planted,
        recall=found,
        recall_plain=plain,
        among=AMONG,
        agreement=agreement,
        foreign=foreign,
        least=MIN_SHARE,
        inputs=len(witness.speaker.features),
        inert=_inert(witness),
    )


def refuse_foreign(agreement: Iterable[Agreement]) -> None:
    """Refuses reasons that are not those of the model.

    Raises:
        BundleError: in a grade of `MIN_CUSTOMERS` or more, the first reason is among the inputs that cost most for less than `MIN_SHARE`.
    """
    for one in agreement:
        if one.customers >= MIN_CUSTOMERS and one.among < MIN_SHARE:
            raise BundleError(
                "The printed reasons are not those of the model.",
                where=f"data/scored/reasons.parquet, grade {one.grade}",
                value=f"the first reason is among the {AMONG} inputs that cost most for {one.among:.0%} of {one.customers} customers; {MIN_SHARE:.0%} is the least",
                next_step="Run explain again on the matrix and the model of one run: `dvc repro explain`.",
            )


def agreements(
    witness: Witness, phi: Floats, reasons: Reasons, grades: Floats
) -> tuple[tuple[Agreement, ...], float | None]:
    """Agreement by grade, and that of the same reasons dealt to other customers of all grades.

    Held against LightGBM's own SHAP values, whatever made those the reasons were chosen by.

    Args:
        witness: what they are measured with.
        phi: LightGBM's own SHAP values, log-odds; positive raises the PD.
        reasons: of each row.
        grades: of each row.
    """
    may = np.array([one.role == "reason" for one in witness.speaker.features], dtype=np.bool_)
    order = np.argsort(np.where(may, -phi, np.inf), axis=1, kind="stable")[:, :AMONG]
    has = np.flatnonzero([len(some) > 0 for some in reasons])
    first = np.array([reasons[int(row)][0].position for row in has], dtype=np.int64)
    if not len(has):
        return (), None
    is_first = order[has, 0] == first
    is_among = _costs_most(phi, order, has, first)
    found = []
    for one in np.unique(grades[has]):
        own = grades[has] == one
        found.append(Agreement(grade=int(one), customers=int(own.sum()), first=float(is_first[own].mean()), among=float(is_among[own].mean())))  # fmt: skip
    others = np.roll(first, len(first) // 2)
    return tuple(found), float(_costs_most(phi, order, has, others).mean())


def _costs_most(phi: Floats, order: Ints, has: Ints, first: Ints) -> Bools:
    """Whether the input is among those that cost the row most, and costs it anything at all."""
    return np.asarray((order[has] == first[:, None]).any(axis=1) & (phi[has, first] > 0))


def _healed(
    witness: Witness, codes: Floats, industries: Sequence[object], places: Sequence[Sequence[int]]
) -> Floats:
    """The rows with the values of healthy peers in the places given."""
    made = codes.copy()
    contract, peers = witness.judge.ensemble.contract, witness.speaker.peers
    groups = peers.of(industries)
    for row, some in enumerate(places):
        for place in some:
            feature = contract.features[place]
            usual = peers.group[groups[row]][feature.name]
            if feature.levels is not None:
                made[row, place] = feature.levels.index(str(usual)) if str(usual) in feature.levels else np.nan  # fmt: skip
            else:
                made[row, place] = np.nan if usual is None else float(usual)
    return made


def _better(
    name: str, before: tuple[Floats, Floats], after: tuple[Floats, Floats], has: Bools
) -> dict[str, float | None]:
    if not has.any():
        return {f"{name}rises": None, f"{name}lifts": None}
    rises, lifts = after[0] > before[0] + NOISE, after[1] < before[1]
    return {f"{name}rises": float(rises[has].mean()), f"{name}lifts": float(lifts[has].mean())}


def _overlap(
    witness: Witness, rows: pd.DataFrame, industries: Sequence[object], reasons: Reasons
) -> float | None:
    """Share of the reasons whose idea a member alone gives as well; None of one member."""
    members = range(len(witness.judge.ensemble.boosters))
    if len(members) < 2 or not any(reasons):
        return None
    shared = total = 0
    for member in members:
        for own, other in zip(reasons, witness.alone(member).reasons(rows, industries), strict=True):  # fmt: skip
            theirs = {one.position for one in other}
            shared += sum(bool(witness.ideas(one.position) & theirs) for one in own)
            total += len(own)
    return shared / total


def _planted(
    witness: Witness, rows: pd.DataFrame, phi: Floats
) -> tuple[float | None, float | None, int]:
    """Recall of troubles that were planted: healthy customers are given a troubled customer's values of one idea.

    An idea is one that may be a reason in all its inputs. The troubled customer is that whose idea costs most in the book. Only where it costs a reason's points is it a trouble.
    """
    names = witness.judge.ensemble.contract.names
    features = witness.speaker.features
    told = {place for place, one in enumerate(features) if one.role == "reason" and one.dtype == "number"}  # fmt: skip
    ideas = [one for one in dict.fromkeys(map(witness.ideas, sorted(told))) if one <= told]
    hosts = hashed_sample(witness.healthy, PLANTED_EACH).reset_index(drop=True)
    before = witness.scores(witness.judge.ensemble.contract.encode(hosts))[0]
    made, planted = [], []
    for idea in ideas:
        places = sorted(idea)
        donor = rows.iloc[int(phi[:, places].sum(axis=1).argmax())]
        own = hosts.copy()
        for place in places:
            own[names[place]] = pd.Series([donor[names[place]]] * len(own), dtype=hosts[names[place]].dtype)  # fmt: skip
        after = witness.scores(witness.judge.ensemble.contract.encode(own))[0]
        hit = np.flatnonzero(before - after > witness.speaker.least)
        made.append(own.iloc[hit])
        planted += [idea] * len(hit)
    if not planted:
        return None, None, 0
    whole = pd.concat(made, ignore_index=True)
    said = witness.reasons(whole, [None] * len(whole))
    own_phi = witness.judge.ensemble.contributions(witness.judge.ensemble.contract.encode(whole))
    top = np.argsort(-own_phi[:, :-1], axis=1, kind="stable")[:, : witness.speaker.most]
    hits = [any(one.position in idea for one in some) for some, idea in zip(said, planted, strict=True)]  # fmt: skip
    plain = [bool(idea & set(row.tolist())) for row, idea in zip(top, planted, strict=True)]
    return float(np.mean(hits)), float(np.mean(plain)), len(planted)


def _inert(witness: Witness) -> tuple[Inert, ...]:
    read = sum(one.feature_importance("split") for one in witness.judge.ensemble.boosters)
    return tuple(
        Inert(feature=one.name, wording_en=one.wording_en, wording_zh=one.wording_zh)
        for one, n in zip(witness.speaker.features, np.asarray(read), strict=True)
        if n == 0
    )
