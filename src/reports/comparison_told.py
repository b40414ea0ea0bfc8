"""What a comparison says in words, as entries of the catalogue with their values: a terminal and a page say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args

from contracts.documents.comparison import Comparison, Difference, Pair, RuledMeasure
from reports.locale.catalogue import Language, say

Said = tuple[str, dict[str, Any]]
Group = Literal["better", "mixed", "hint", "none", "worse", "same", "too_few"]
GROUPS: Mapping[Group, str] = MappingProxyType(
    {"better": "good", "mixed": "warn", "hint": "warn", "none": "", "same": "", "too_few": "", "worse": "bad"}
)  # fmt: skip
"""What a run is, by both its statements, in the order of the summary; with the tone of each."""
RULED: tuple[RuledMeasure, ...] = get_args(RuledMeasure)
"""The measures that statements are made of: how near the PDs are, and how they rank."""
UNRULED = "unruled"
"""Word for a measure that nothing is decided by, whatever its interval: so many measures would say something by chance."""
PER_PAIR = len(RULED)


def ordered(document: Comparison) -> list[Pair]:
    """The pairs, the lowest log loss first."""
    return sorted(document.pairs, key=lambda one: _by_measure(one)["log_loss"].figure.value or 0.0)


def verdicts(document: Comparison, pair: Pair) -> Iterator[Said]:
    """The sentences of a pair: how it ranks, how near its PDs are, and whether a seed alone makes as much."""
    found = _by_measure(pair)
    names = {"name": pair.name, "base": document.base}
    n = PER_PAIR * len(document.pairs)
    for measure, topic in (("roc_auc", "ranks"), ("log_loss", "fits")):
        one = found[measure]
        yield f"comparison.{topic}.{one.ruling}", {**names, **one.figure.model_dump(), "n": n}
    if pair.within_seeds:
        both = len(pair.within_seeds) == PER_PAIR
        yield f"comparison.within.{'both' if both else pair.within_seeds[0]}", names


def _by_measure(pair: Pair) -> dict[str, Difference]:
    return {one.measure: one for one in pair.differences}


def group(pair: Pair) -> Group:
    """What a run is by both its statements; better in one and worse in the other is neither."""
    found = {one.ruling for one in pair.differences if one.ruling is not None}
    sure = found & {"better", "worse"}
    if sure == {"better", "worse"}:
        return "mixed"
    if sure:
        return "better" if "better" in sure else "worse"
    if found & {"hint_better", "hint_worse"}:
        return "hint"
    if found == {"same"}:
        return "same"
    return "too_few" if found == {"too_few"} else "none"


def summary(document: Comparison) -> Iterator[tuple[Group, Said]]:
    """One sentence a group that has a run, with the runs named in the order they were asked for; nothing of a single pair."""
    if len(document.pairs) < 2:
        return
    for one in GROUPS:
        names = [pair.name for pair in document.pairs if group(pair) == one]
        if names:
            yield one, (f"comparison.summary.{one}", {"names": names, "base": document.base, "n": PER_PAIR * len(document.pairs)})  # fmt: skip


def seeds(document: Comparison) -> Said | None:
    """How far another seed alone moves the base; that it is not known where no run tells it; None where the runs cannot tell."""
    found = document.seeds
    values = {"runs": found.runs, "base": document.base, "log_loss": found.log_loss, "roc_auc": found.roc_auc}  # fmt: skip
    if not found.runs:
        return "comparison.seeds.unknown", values
    if found.log_loss is None:
        return None
    return f"comparison.seeds.{'log_loss' if found.roc_auc is None else 'both'}", values


def production(document: Comparison) -> Said | None:
    """What is in use; None where there is no registry yet."""
    found = document.production
    return (
        None if found is None else (f"comparison.production.{found.standing}", found.model_dump())
    )


def told(document: Comparison, pair: Pair, language: Language) -> list[str]:
    """The sentences of a pair in one language."""
    return [say(language, entry, values) for entry, values in verdicts(document, pair)]


def closing(document: Comparison, language: Language) -> list[str]:
    """What is said once, of all runs: the seed's share, and what is in use."""
    found = [one for one in (seeds(document), production(document)) if one is not None]
    return [say(language, *one) for one in found]
