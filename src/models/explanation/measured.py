"""How far the printed reasons are true, measured on the newest book; and a refusal where they are not those of the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.documents.explanations import Agreement, Inert, ReasonsMeasured
from contracts.errors import BundleError
from models.explanation.groups import hashed_sample
from models.explanation.healed import healed_book
from models.explanation.reasons import Said
from models.explanation.witness import ALONE, Witness

SAMPLE = 2_000
"""Customers that are looked at, at the most."""
PLANTED_EACH = 10
"""Healthy customers that a trouble is planted in, of each idea."""
AMONG = 4
MIN_SHARE = 0.5
"""Reasons dealt to other customers agree with SHAP values in one case of five to ten; those of the model in nearly all."""
MIN_CUSTOMERS = 30
"""Fewer of a grade are shown and not judged."""
DRAWS = 3
"""How often the healthy are drawn anew."""
Reasons = Sequence[Sequence[Said]]


def looked_at(book: pd.DataFrame) -> Ints:
    """The places in the book of the customers that are looked at."""
    drawn = hashed_sample(book.assign(place=np.arange(len(book))), SAMPLE)["place"]
    return np.asarray(drawn.to_numpy())


def measured(
    witness: Witness,
    book: pd.DataFrame,
    industries: Sequence[object],
    said: Reasons | Mapping[int, Sequence[Said]],
) -> ReasonsMeasured:
    """All measures.

    Args:
        witness: what they are measured with.
        book: rows of the newest book.
        industries: of its customers.
        said: what was said of each of its rows, or of those that are looked at, by place.

    Raises:
        BundleError: see `refuse_foreign`.
    """
    drawn = looked_at(book)
    rows = book.iloc[drawn].reset_index(drop=True)
    whose = [industries[int(place)] for place in drawn]
    reasons = [[one for one in said[int(place)] if one.role == "reason"] for place in drawn]
    phi = witness.judge.ensemble.contributions(witness.judge.healer.codes(rows))[:, :-1]
    healed = healed_book(witness, rows, whose, reasons, phi)
    agreement, foreign = agreements(witness, phi, reasons, (healed.grades, healed.lifts))
    refuse_foreign(agreement)
    found, plain, planted = _planted(witness, rows, phi)
    few = rows.iloc[:ALONE], whose[:ALONE], reasons[:ALONE]
    members = len(witness.judge.ensemble.boosters)
    return ReasonsMeasured(
        customers=healed.customers,
        each_rises=healed.each,
        rises=healed.share(healed.rises, healed.has),
        lifts=healed.share(healed.lifts, healed.has),
        able=int((healed.has & healed.able).sum()),
        able_lifts=healed.between(healed.lifts),
        able_plain=healed.share(healed.plain, healed.has & healed.able),
        members=members,
        overlap=_overlap(witness, *few, [witness.alone(one) for one in range(members)] if members > 1 else ()),
        drawn_anew=_overlap(witness, *few, [witness.drawn_anew(seed) for seed in range(DRAWS)]),
        planted=planted,
        recall=found,
        recall_plain=plain,
        among=AMONG,
        agreement=agreement,
        foreign=foreign,
        least=MIN_SHARE,
        inputs=len(witness.speaker.features),
        inert=_inert(witness),
    )  # fmt: skip


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
    witness: Witness, phi: Floats, reasons: Reasons, of: tuple[Floats, Bools]
) -> tuple[tuple[Agreement, ...], float | None]:
    """Agreement by grade, and that of the same reasons dealt to other customers of all grades.

    Held against LightGBM's own SHAP values, whatever made those the reasons were chosen by.

    Args:
        witness: what they are measured with.
        phi: LightGBM's own SHAP values, log-odds; positive raises the PD.
        reasons: of each row.
        of: each row: its grade, and whether that is better once its reasons are healed.
    """
    grades, lifts = of
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
        found.append(Agreement(grade=int(one), customers=int(own.sum()), first=float(is_first[own].mean()), among=float(is_among[own].mean()), lifts=float(lifts[has][own].mean())))  # fmt: skip
    others = np.roll(first, len(first) // 2)
    return tuple(found), float(_costs_most(phi, order, has, others).mean())


def _costs_most(phi: Floats, order: Ints, has: Ints, first: Ints) -> Bools:
    """Whether the input is among those that cost the row most, and costs it anything at all."""
    return np.asarray((order[has] == first[:, None]).any(axis=1) & (phi[has, first] > 0))


def _overlap(
    witness: Witness,
    rows: pd.DataFrame,
    industries: Sequence[object],
    reasons: Reasons,
    others: Iterable[Witness],
) -> float | None:
    """Share of the reasons whose idea others give as well; None without others, or without a reason."""
    shared = total = 0
    ideas = witness.ideas()
    for witness_ in others:
        for own, theirs in zip(reasons, witness_.reasons(rows, industries), strict=True):
            said = {one.position for one in theirs}
            shared += sum(bool(ideas[one.position] & said) for one in own)
            total += len(own)
    return shared / total if total else None


def _planted(
    witness: Witness, rows: pd.DataFrame, phi: Floats
) -> tuple[float | None, float | None, int]:
    """Recall of troubles that were planted: healthy customers are given a troubled customer's values of one idea.

    An idea is one that may be a reason in all its inputs. The troubled customer is that whose idea costs most in the book. Only where it costs a reason's points is it a trouble.
    """
    pool = hashed_sample(witness.healthy, SAMPLE)
    struck = [(idea, one) for idea in _ideas(witness) for one in [_struck(witness, (pool, rows), phi, idea)] if len(one)]  # fmt: skip
    if not struck:
        return None, None, 0
    planted = [idea for idea, one in struck for _ in range(len(one))]
    whole = pd.concat([one for _, one in struck], ignore_index=True)
    said = witness.reasons(whole, [None] * len(whole))
    own_phi = witness.judge.ensemble.contributions(witness.judge.healer.codes(whole))
    top = np.argsort(-own_phi[:, :-1], axis=1, kind="stable")[:, : witness.speaker.most]
    hits = [any(one.position in idea for one in some) for some, idea in zip(said, planted, strict=True)]  # fmt: skip
    plain = [bool(idea & set(row.tolist())) for row, idea in zip(top, planted, strict=True)]
    return float(np.mean(hits)), float(np.mean(plain)), len(planted)


def _ideas(witness: Witness) -> list[frozenset[int]]:
    """The ideas that may be a reason in all their inputs, each a number."""
    features, every = witness.speaker.features, witness.ideas()
    told = {place for place, one in enumerate(features) if one.role == "reason" and one.dtype == "number"}  # fmt: skip
    return [one for one in dict.fromkeys(every[place] for place in sorted(told)) if one <= told]


def _struck(
    witness: Witness, whom: tuple[pd.DataFrame, pd.DataFrame], phi: Floats, idea: frozenset[int]
) -> pd.DataFrame:
    """Healthy customers with the values that the idea has where it costs most, those whom they cost a reason's points.

    Of each input either both have a number or neither: a quoted company's market value given to one that is not quoted would be
    another company, and no trouble that a reason could tell.
    """
    (healthy, rows), healer, names = whom, witness.judge.healer, witness.judge.ensemble.contract.names  # fmt: skip
    asked = [names[place] for place in sorted(idea)]
    donor = rows.iloc[int(phi[:, sorted(idea)].sum(axis=1).argmax())]
    is_like = (healthy[asked].notna() == donor[asked].notna()).all(axis=1)
    hosts = hashed_sample(healthy[is_like], PLANTED_EACH).reset_index(drop=True)
    given = {name: pd.Series([donor[name]] * len(hosts), index=hosts.index, dtype=hosts[name].dtype) for name in asked}  # fmt: skip
    struck = hosts.assign(**given)
    lost = healer.scores(healer.codes(hosts))[0] - healer.scores(healer.codes(struck))[0]
    return struck[lost > witness.speaker.least]


def _inert(witness: Witness) -> tuple[Inert, ...]:
    read = sum(one.feature_importance("split") for one in witness.judge.ensemble.boosters)
    return tuple(
        Inert(feature=one.name, wording_en=one.wording_en, wording_zh=one.wording_zh)
        for one, n in zip(witness.speaker.features, np.asarray(read), strict=True)
        if n == 0
    )
