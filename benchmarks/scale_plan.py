"""What 80 million customers x 60 months would take: extrapolated from `scale_measured.json`, stated assumption by assumption.

`python -m benchmarks.scale_plan` writes the tables of docs/scale.md anew; a test compares. No total there is typed.

The cost of a relation is `per fact x facts + per observation x observations`. Both coefficients come from two local
runs with the same facts and different days of decision (`benchmarks/scale.py`); fixed costs of a small run are counted
as if they grew with it, so the plan errs on the dear side there, and on the cheap side where a cluster's network waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from features.catalog import STATES

MEASURED = Path(__file__).with_name("scale_measured.json")
PAGE = Path(__file__).parents[1] / "docs/scale.md"
GB, TB, HOUR = 1e9, 1e12, 3600.0
LEDGER = ("invoices", "payments")


@dataclass(frozen=True, slots=True)
class Case:
    """What is assumed.

    Attributes:
        customers: all there ever were.
        months: days of decision.
        active_share: of customer-months that are observed.
        invoices_a_year: per customer.
        history_years: of facts; the months of decision and the year before the first.
        machines, cores: of the cluster.
        price: USD per machine and hour, an assumption to be replaced by the reader's own.
        utilisation: share of the machines' cores that is at work (waits for network, stragglers, driver).
        network: bytes a second that a machine sends and receives at once.
        slowdown: CPU seconds there per CPU second measured here.
    """

    customers: float = 80e6
    months: int = 60
    active_share: float = 0.7
    invoices_a_year: float = 12.0
    history_years: float = 6.0
    machines: int = 40
    cores: int = 16
    price: float = 1.00
    utilisation: float = 0.5
    network: float = 1.0e9
    slowdown: float = 1.0

    @property
    def observations(self) -> float:
        """Rows of the cohort and of the matrix."""
        return self.customers * self.months * self.active_share


def measured() -> dict[str, Any]:
    """The figures of the last recorded run of `benchmarks/scale.py`."""
    found: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


def rows(case: Case, run: Mapping[str, Any]) -> dict[str, float]:
    """Rows per table: invoices as assumed; of the others as many per invoice or customer and year as in the run."""
    years = case.history_years
    scale = case.customers * years / (run["customers"] * run["years"])
    found = {name: table["rows"] * scale for name, table in run["tables"].items()}
    invoices = case.customers * case.invoices_a_year * years
    for name in (*LEDGER, "disputes"):
        found[name] = run["tables"][name]["rows"] * invoices / run["tables"]["invoices"]["rows"]
    found["customers"] = case.customers
    found["fx_rates"] = run["tables"]["fx_rates"]["rows"] * years / run["years"]
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """What one relation takes: bytes through the shuffle, CPU seconds."""

    name: str
    shuffled: float
    cpu_seconds: float


def steps(case: Case, run: Mapping[str, Any]) -> list[Step]:
    """The steps of label (one line) and of featurize, in the order they run."""
    planned, given = rows(case, run), {name: one["rows"] for name, one in run["tables"].items()}
    found = [_label(case, run, planned, given)]
    for name, many in run["months"]["steps"].items():
        if name == "rates":  # a row per currency and day of decision: no larger there than here
            found.append(Step(name, many["shuffled"], many["cpu_seconds"]))
            continue
        few = run["quarters"]["steps"].get(name, many)
        tables = _facts(name)
        growth = _growth(tables, planned, given)
        parts = {
            measure: _planned(
                (few.get(measure, 0.0), many.get(measure, 0.0)),
                (run["quarters"]["rows"], run["months"]["rows"]),
                growth,
                case.observations,
            )
            for measure in ("shuffled", "cpu_seconds")
        }
        found.append(Step(name, parts["shuffled"], parts["cpu_seconds"] * case.slowdown))
    return found


def _facts(name: str) -> tuple[str, ...]:
    """The tables whose rows a step reads: those of its state, the ledger's alone where it reads the ledger."""
    if name in {"documents", "accounts", "receipts", "payments", "changes", "overdue"}:
        return LEDGER
    if name in {"names", "block"}:
        return ("customers",)
    state = name.removeprefix("state_")
    tables = STATES[state].tables if state in STATES else ()
    return LEDGER if set(LEDGER) <= set(tables) else tables


def _growth(
    tables: Iterable[str], planned: Mapping[str, float], given: Mapping[str, float]
) -> float:
    names = list(tables)
    return sum(planned[name] for name in names) / sum(given[name] for name in names) if names else 0.0  # fmt: skip


def _planned(
    cost: tuple[float, float], seen: tuple[float, float], growth: float, observations: float
) -> float:
    """A line through two runs with the same facts: its rise is the cost of an observation, the rest that of the facts.

    Args:
        cost: of the run with few observations and of the one with many.
        seen: their observations.
        growth: planned facts over measured facts; 0 for a step without facts of its own.
        observations: planned.

    >>> _planned((30.0, 50.0), (10.0, 30.0), growth=2.0, observations=100.0)  # 1 an observation, 20 for the facts
    140.0
    """
    if not growth:
        return cost[1] / seen[1] * observations
    rise = min(max((cost[1] - cost[0]) / (seen[1] - seen[0]), 0.0), cost[1] / seen[1])
    return rise * observations + max(cost[1] - rise * seen[1], 0.0) * growth


def _label(
    case: Case, run: Mapping[str, Any], planned: Mapping[str, float], given: Mapping[str, float]
) -> Step:
    """Label was run once: all of it grows with whichever grows more, facts or observations."""
    growth = max(_growth(LEDGER, planned, given), case.observations / run["label"]["rows"])
    sums = {key: sum(step.get(key, 0.0) for step in run["label"]["steps"].values()) for key in ("shuffled", "cpu_seconds")}  # fmt: skip
    return Step("label", sums["shuffled"] * growth, sums["cpu_seconds"] * growth * case.slowdown)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a case comes to."""

    raw_bytes: float
    matrix_bytes: float
    shuffled: float
    cpu_hours: float
    hours: float
    machine_hours: float
    usd: float


def bill(case: Case, run: Mapping[str, Any]) -> Bill:
    """Time is the larger of computing and of the network, and the money follows from it."""
    parts = steps(case, run)
    raw = sum(n * run["tables"][name]["bytes_per_row"] for name, n in rows(case, run).items())
    matrix = case.observations * run["matrix"]["bytes_per_row"]
    shuffled = sum(part.shuffled for part in parts)
    cpu_hours = sum(part.cpu_seconds for part in parts) / HOUR
    computing = cpu_hours / (case.machines * case.cores * case.utilisation)
    moving = (2 * shuffled + raw + matrix) / (case.machines * case.network) / HOUR
    hours = max(computing, moving)
    machine_hours = hours * case.machines
    return Bill(raw, matrix, shuffled, cpu_hours, hours, machine_hours, machine_hours * case.price)


def variants() -> list[tuple[str, Case]]:
    """The case and what happens when one assumption is another."""
    base = Case()
    return [
        ("as stated", base),
        ("24 invoices a year instead of 12", replace(base, invoices_a_year=24.0)),
        ("6 invoices a year", replace(base, invoices_a_year=6.0)),
        ("every customer-month observed", replace(base, active_share=1.0)),
        ("half of the customers", replace(base, customers=40e6)),
        ("80 machines instead of 40", replace(base, machines=80)),
        ("a quarter of the cores at work", replace(base, utilisation=0.25)),
        ("cores half as fast", replace(base, slowdown=2.0)),
        ("network of 0.25 GB/s", replace(base, network=0.25e9)),
        ("2.50 USD a machine-hour", replace(base, price=2.50)),
    ]


def blocks() -> dict[str, str]:
    """The tables of docs/scale.md, by the name of their markers."""
    run, case = measured(), Case()
    planned = rows(case, run)
    tables = [
        (name, f"{n / 1e6:,.1f}", f"{run['tables'][name]['bytes_per_row']:.1f}", f"{n * run['tables'][name]['bytes_per_row'] / GB:,.1f}")
        for name, n in planned.items()
    ]  # fmt: skip
    wide = run["matrix"]["bytes_per_row"]
    tables.append(("matrix (written)", f"{case.observations / 1e6:,.1f}", f"{wide:.1f}", f"{case.observations * wide / GB:,.1f}"))  # fmt: skip
    parts = [
        (part.name, f"{part.shuffled / TB:,.2f}", f"{part.cpu_seconds / HOUR:,.0f}")
        for part in steps(case, run)
    ]
    total = bill(case, run)
    parts.append(("**all**", f"**{total.shuffled / TB:,.2f}**", f"**{total.cpu_hours:,.0f}**"))
    bills = [(what, bill(one, run)) for what, one in variants()]
    return {
        "measured": _measured(case, run),
        "rows": _table(("table", "million rows", "bytes a row", "GB"), tables),
        "steps": _table(("relation", "TB shuffled", "core-hours"), parts),
        "bill": _table(
            ("assumption", "TB shuffled", "core-hours", "hours", "machine-hours", "USD"),
            [
                (what, f"{b.shuffled / TB:,.1f}", f"{b.cpu_hours:,.0f}", f"{b.hours:,.1f}", f"{b.machine_hours:,.0f}", f"{b.usd:,.0f}")
                for what, b in bills
            ],
        ),
    }  # fmt: skip


def _measured(case: Case, run: Mapping[str, Any]) -> str:
    """What was run, in a sentence."""
    stages = {one: sum(step["stages"] for step in run[one]["steps"].values()) for one in ("label", "months")}  # fmt: skip
    facts = sum(run["tables"][name]["rows"] for name in LEDGER)
    return (
        f"**Measured:** {run['customers']:,} simulated customers over {run['years']} years, {facts:,} invoices and payments, "
        f"{run['months']['rows']:,} observations by month and {run['quarters']['rows']:,} by quarter, windows of 90 and 365 days.\n"
        f"`label` took {run['label']['seconds']:,.0f} s in {stages['label']:,.0f} Spark stages, `featurize` {run['months']['seconds']:,.0f} s in "
        f"{stages['months']:,.0f}, on two cores. The plan is {case.observations / run['months']['rows']:,.0f} times as many observations."
    )


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *lines))


def filled(page: str) -> str:
    """The page with its tables written anew between their markers."""
    for name, text in blocks().items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = page.split(begin, 1)
        page = f"{before}{begin}{text}\n{end}{rest.split(end, 1)[1]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
