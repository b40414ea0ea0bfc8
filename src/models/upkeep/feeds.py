"""Do the feeds go on that the book is made of? What the rules on silence found of kinds of rows and of columns of the portfolio's own."""

from __future__ import annotations

import math
from collections.abc import Sequence

from contracts.documents.data_quality import DataQuality, Heard
from contracts.documents.finding import Outcome
from contracts.documents.monitoring import Feed, MonitoringFinding
from models.upkeep.watched import Watched

CODE = "UP-Q4"
OWN = "attributes"
MAX_NAMED = 5
_QUIET = 31
"""Days: of what was heard within them nothing is asked."""
_MONTH = 365.25 / 12
_ORDER = ("silent", "untold", "seldom", "goes_on")
_OF_DEFAULT = "defaults_"
"""How rules begin that are about what counts as default."""


def feeds(seen: Watched, delivery: DataQuality) -> tuple[Feed, ...]:
    """What the book is made of: what fell silent first, the longest silent before others, then what it cannot be told of yet.

    Args:
        seen: for the wording of the champion's inputs.
        delivery: what validation found; of several rules that looked at one feed, the one that tells soonest counts.
    """
    heard: dict[tuple[str, tuple[str, ...]], tuple[Heard, bool]] = {}
    silent = set()
    for rule in delivery.rules:
        for one in rule.heard:
            key, found = (rule.subject, one.kinds), (one, rule.code.startswith(_OF_DEFAULT))
            heard[key] = min(heard.get(key, found), found, key=lambda pair: _told_after(pair[0]))
            silent |= {key} if one.is_silent else set()
    told = [_feed(seen, key, one, is_default=counts, is_silent=key in silent) for key, (one, counts) in heard.items()]  # fmt: skip
    return tuple(sorted(told, key=_weight))


def feed_finding(seen: Watched, told: Sequence[Feed]) -> MonitoringFinding:
    """UP-Q4: have kinds of rows or columns ended while the rest goes on, and of which cannot that be told yet?

    A column of the portfolio's own that ends leaves its last values standing, or is missing for the few customers that are heard of anew; a kind that
    counts as default that ends makes good customers. Neither moves a distribution soon. The rate of false alarms is that of the rules (`docs/upkeep.md`), and
    lies beside the budget.

    Args:
        seen: for the names of the champion's inputs.
        told: of `feeds`.
    """
    gone = [one for one in told if one.state == "silent"]
    untold = [one for one in told if one.state in {"untold", "seldom"}]
    outcome: Outcome = "failed" if gone else "passed" if told else "not_applicable"
    ended = {one.kinds for one in gone if one.table == OWN}
    return MonitoringFinding(
        code=CODE,
        subject="inputs",
        outcome=outcome,
        value=float(len(gone)) if told else None,
        threshold=0.0 if told else None,
        values={
            "feeds": len(told),
            "named": _some([f"{_name(one)} ({one.last})" for one in gone]),
            "untold": _some([f"{_name(one)} ({one.months or '–'})" for one in untold]),
        },
        case=f"{outcome}_untold" if untold else "",
        action="watch" if gone else "nothing",
        inputs=tuple(seen.named(one["name"]) for one in seen.features if (one["name"].removeprefix(f"{OWN}_"),) in ended),
    )  # fmt: skip


def _feed(seen: Watched, key: tuple[str, tuple[str, ...]], one: Heard, *, is_default: bool, is_silent: bool) -> Feed:  # fmt: skip
    table, kinds = key
    words = seen.wording.get(f"{OWN}_{kinds[0]}", {}) if table == OWN else {}
    is_quiet = not is_silent and one.days > _QUIET
    waits = _months(one) if is_quiet else None
    return Feed(
        table=table,
        kinds=kinds,
        wording_en=words.get("wording_en"),
        wording_zh=words.get("wording_zh"),
        is_default=is_default,
        last=one.last,
        days=one.days,
        usual=one.usual,
        told_after=one.told_after,
        false_a_year=one.false_a_year,
        state="silent" if is_silent else "goes_on" if not is_quiet else "seldom" if waits is None else "untold",
        months=waits,
    )  # fmt: skip


def _weight(one: Feed) -> tuple[int, float, bool, str, tuple[str, ...]]:
    """What is silent by how long it has been; what is untold by how soon it could be told; what counts as default before others."""
    soon = -float(one.days) if one.state == "silent" else float(one.months or 0)
    return _ORDER.index(one.state), soon, not one.is_default, one.table, one.kinds


def _told_after(one: Heard) -> float:
    return math.inf if one.told_after is None else one.told_after


def _months(one: Heard) -> int | None:
    """Further months of silence after which it is told; None where no habit is known."""
    if one.told_after is None:
        return None
    return max(math.ceil((one.told_after - one.days) / _MONTH), 1)


def _name(one: Feed) -> str:
    """A table alone where it is one feed, else with its kinds: as the SELECT and the rules name them."""
    return one.table if one.kinds == (one.table,) else f"{one.table}: {' + '.join(one.kinds)}"


def _some(told: list[str]) -> tuple[str, ...]:
    return (*told[:MAX_NAMED], *([f"+ {len(told) - MAX_NAMED}"] if len(told) > MAX_NAMED else []))
