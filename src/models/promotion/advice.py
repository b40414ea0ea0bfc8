"""What the evidence advises, and why: one word, with the reasons in the order of their weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.documents.finding import Values
from contracts.documents.promotion import Advice, Agreement, Contender, Duel, Weighs, Weight
from contracts.documents.swap import Swap

AGREE = 0.5
"""Share of customers with the same first reason, from which two models are said to tell the same story."""
RULINGS: dict[str, Weighs] = {"better": "for", "worse": "against"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an advice stands on.

    Attributes:
        champion, challenger: the two versions.
        duel: on test rows.
        agreement: of reasons.
        swap: in money.
        decided: the last decision that was against the challenger, in words; None where there is none.
    """

    champion: Contender
    challenger: Contender
    duel: Duel | None
    agreement: Agreement | None
    swap: Swap | None
    decided: str | None = None


def advise(found: Evidence) -> tuple[Advice, tuple[Weight, ...]]:
    """The advice and its reasons.

    `keep` where somebody rejected the challenger, where a promised direction is broken, or where it is worse beyond chance
    and outside the margin. `promote` where the pipeline itself would: within the margin, of committed code, not a recalibration.
    Else a person has to weigh it.
    """
    reasons = tuple(_reasons(found))
    duel, own = found.duel, found.challenger
    is_within = duel is not None and duel.lost.is_within
    is_worse = duel is not None and any(one.ruling == "worse" for one in duel.differences)
    if found.decided or own.certificate.broken or (is_worse and not is_within):
        return "keep", reasons
    is_offered = own.origin == "clean" and own.parent is None
    return ("promote" if is_within and is_offered else "person"), reasons


def _reasons(found: Evidence) -> Iterator[Weight]:
    own = found.challenger
    if found.decided:
        yield Weight(code="rejected", weighs="against", values={"decided": found.decided})
    yield from _certificate(own)
    if found.duel is None and own.is_stated and not found.champion.is_stated:
        yield Weight(code="stated", weighs="against", values={})
    else:
        yield from _duel(found.duel)
    if own.parent is not None:
        yield Weight(code="recalibrated", weighs="neither", values={"parent": own.parent})
    elif own.origin != "clean":
        yield Weight(code=f"origin.{own.origin or 'unknown'}", weighs="against", values={})
    yield from _agreement(found.agreement)
    yield from _swap(found)


def _certificate(own: Contender) -> Iterator[Weight]:
    held = own.certificate
    if held.broken:
        values: Values = {"broken": held.broken, "example": held.example}
        yield Weight(code="certificate.broken", weighs="against", values=values)
    else:
        values = {"directions": held.directions, "trees": held.trees}
        yield Weight(code="certificate.kept", weighs="for", values=values)


def _duel(duel: Duel | None) -> Iterator[Weight]:
    if duel is None:
        yield Weight(code="no_duel", weighs="against", values={})
        return
    lost = duel.lost
    yield Weight(
        code="margin.within" if lost.is_within else "margin.over",
        weighs="for" if lost.is_within else "against",
        values={"share": lost.share, "upper": lost.upper, "spent": lost.spent, "margin": lost.margin},
    )  # fmt: skip
    for one in duel.differences:
        if one.ruling is not None:
            yield Weight(
                code=f"{one.measure}.{one.ruling}",
                weighs=RULINGS.get(one.ruling, "neither"),
                values={"value": one.figure.value, "low": one.figure.low, "high": one.figure.high},
            )
    yield from _level(duel)


def _level(duel: Duel) -> Iterator[Weight]:
    """Whether the PDs' level is right: observed over expected, with 1 inside its interval."""
    before, after = duel.champion.observed_to_expected, duel.challenger.observed_to_expected
    if None in {before.value, after.value, after.low, after.high}:
        return
    is_right = (after.low or 0.0) <= 1.0 <= (after.high or 0.0)
    values: Values = {
        "before": before.value,
        "after": after.value,
        "low": after.low,
        "high": after.high,
    }
    yield Weight(code="level.right" if is_right else "level.off", weighs="neither", values=values)


def _agreement(found: Agreement | None) -> Iterator[Weight]:
    if found is not None and found.same_first is not None:
        code = "reasons.same" if found.same_first >= AGREE else "reasons.other"
        values: Values = {"same_first": found.same_first, "customers": found.with_reasons}
        yield Weight(code=code, weighs="neither", values=values)


def _swap(found: Evidence) -> Iterator[Weight]:
    swap = found.swap
    if swap is None:
        lacking = [*found.champion.lacking, *found.challenger.lacking]
        yield Weight(code="no_swap", weighs="against", values={"features": ", ".join(lacking[:5])})
        return
    blocked, released = swap.crossings
    yield Weight(
        code="money",
        weighs="neither",
        values={
            "raised": float(swap.raised.amount),
            "lowered": float(swap.lowered.amount),
            "loss": float(swap.challenger.expected_loss - swap.champion.expected_loss),
            "blocked": blocked.customers,
            "released": released.customers,
        },
    )
