"""What would help: payments booked in the ledger beside counterfactuals on features alone (`treecf` 0.3), in one run, on the project's own model.

`python -m benchmarks.helps [customers]`, default 20, after `make demo`; `pip install treecf==0.3.0` for the peer, which is not a dependency.
Customers are the first of those the portfolio page leads to that have a score, owe something overdue and can get a better grade. The peer may
change every input that bookings may change, others are frozen; counts and days are whole numbers. Its plan is impossible where an input leaves the
range that the catalogue declares, something is overdue in one input and nothing in another, a rank moves and what it ranks does not, or an input made of
payments moves and the balance does not: every payment moves the balance.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow.parquet as pq

from contracts.documents.customer import Customers
from contracts.documents.portfolio import Portfolio
from contracts.files import read_json
from contracts.scale import exact_score, grade
from decisions.levers.answers import CHAINS, NOISE, helps
from decisions.levers.proposals import Proposal
from features.catalog import STATES, chosen
from features.declaration import Feature
from features.variants.recomputed import BOOKED, recomputed
from models.base.data import ModelContract
from models.boosting.booster import Ensemble, load
from models.calibration import calibrators
from pipelines import paths
from pipelines.book import helps as asking
from pipelines.book.dossiers import gathered
from pipelines.settings import Settings
from pipelines.settings import load as load_settings

OVERDUE = ("ageing_overdue_amount", "ageing_oldest_days", "ageing_overdue_items_count", "ageing_overdue_owed_share")  # fmt: skip
"""Either all of them are nought or none is."""
BALANCE = "balance_amount"


def main() -> None:
    """Prints validity, size, feasibility and time of both."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    settings = load_settings()
    ids = Portfolio.read(paths.PORTFOLIO_JSON).described
    start, cpu = time.perf_counter(), time.process_time()
    found = gathered(settings, ids[: 2 * wanted])
    ours = time.perf_counter() - start, time.process_time() - cpu
    cases = [
        one
        for one in found.customers
        if one.helps is not None and one.helps.wanted and one.owed is not None and one.owed.overdue
    ][:wanted]
    _ours(found, [one.who.customer_id for one in cases], ours, len(ids[: 2 * wanted]))
    _falls(settings, ids)
    _peer(settings, [one.who.customer_id for one in cases])


def _ours(found: Customers, ids: list[str], spent: tuple[float, float], of: int) -> None:
    helps = [one.helps for one in found.customers if one.who.customer_id in ids and one.helps]
    reached = [one.reached for one in helps if one.reached is not None]
    sizes = [one.n_items for one in reached]
    print(f"ledger: {len(reached)} of {len(helps)} lifted by payments; items paid, median {np.median(sizes):.0f}; all feasible by construction")  # fmt: skip
    print(f"ledger: {spent[0]:.1f} s, {spent[1]:.1f} CPU-s for the dossiers of {of} customers, {sum(one.n_tried for one in helps):,} answers for these")  # fmt: skip
    print(f"ledger: one payment more gave a lower score in {sum(one.n_worse for one in helps)} of them")  # fmt: skip


def _falls(settings: Settings, ids: Sequence[str]) -> None:
    """Where one payment more gives a lower score: which inputs moved, and by how much the log-odds that they stand for rose.

    The boosters keep their directions, so a fall has an input that moves against its own when something is paid, or one without.
    """
    seen: dict[str, Any] = {"tried": []}

    def counted(*given: Any) -> Any:
        seen["rows"] = recomputed(*given)
        return seen["rows"]

    def answered(tried: Sequence[Proposal], chance: Any, *given: Any) -> Any:
        seen["tried"].append((tried, chance))
        return helps(tried, chance, *given)

    with patch.object(asking, "recomputed", counted), patch.object(asking, "helps", answered):
        gathered(settings, ids)
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    codes = contract.encode(seen["rows"])
    shares = np.mean([one.predict(codes, pred_contrib=True) for one in load(paths.BOOSTER.parent, contract).boosters], axis=0)  # fmt: skip
    rose, steps, falls, start = Counter[str](), 0, [], 0
    for tried, chance in seen["tried"]:
        exact = exact_score(chance, settings.params.scale)
        for kind in CHAINS:
            places = [0, *(place for place, one in enumerate(tried) if one.kind == kind)]
            for less, more in pairwise(places):
                steps += 1
                if exact[less] - exact[more] > NOISE:
                    falls.append(float(exact[less] - exact[more]))
                    gained = shares[start + more] - shares[start + less]
                    moved = _moved(codes[start + less], codes[start + more])
                    rose.update(
                        {
                            contract.names[place]: float(gained[place])
                            for place in moved
                            if gained[place] > 0
                        }
                    )
        start += len(tried)
    print(f"ledger, {len(ids)} customers: {len(falls)} of {steps} steps lower, by {np.median(falls):.1f} points in the median and {max(falls):.1f} at most")  # fmt: skip
    print("log-odds that rose, of inputs that moved:", ", ".join(f"{name} {value:.2f}" for name, value in rose.most_common(10)), f"; of all {rose.total():.2f}")  # fmt: skip


def _moved(before: Any, after: Any) -> list[int]:
    """Places of inputs that are not the same, a missing one being the same as a missing one."""
    return [place for place, (a, b) in enumerate(zip(before, after, strict=True)) if a != b and not (np.isnan(a) and np.isnan(b))]  # fmt: skip


def _peer(settings: Settings, ids: list[str]) -> None:
    try:
        from treecf import Explainer, Freeze, Infeasible, Target  # noqa: PLC0415 - no dependency
    except ModuleNotFoundError:
        print("treecf is not installed: pip install treecf==0.3.0")
        return
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    model = load(paths.BOOSTER.parent, contract)
    calibrate = calibrators.from_json(read_json(paths.CALIBRATOR)).apply
    rows = pq.read_table(paths.MATRIX, filters=[("as_of", "=", _newest())]).to_pandas()
    codes = contract.encode(rows)
    features = chosen(settings.params.features, _tables(), settings.portfolio)
    moving = {one.name for one in features if BOOKED & set(one.tables(STATES))}
    whole = {one.name: "integer" for one in features if one.unit in {"count", "days"} and one.aggregate != "mean"}  # fmt: skip
    explainer = Explainer(
        model=_averaged(model),
        normalizers=np.maximum(np.nanstd(codes, axis=0), 1e-9),
        constraints=[Freeze(name) for name in contract.names if name not in moving],
        value_policy={name: how for name, how in whole.items() if name in contract.names and name in moving},
    )  # fmt: skip
    place = {one: number for number, one in enumerate(rows["customer_id"])}
    start, cpu, plans = time.perf_counter(), time.process_time(), []
    for one in ids:
        row = codes[place[one]]
        now = int(grade(calibrate(model.margin_of(row[None, :])), settings.params.scale)[0])
        most = settings.params.scale.grade_bounds[now - 2] - 1e-9
        made = explainer.explain(row, Target.probability(range=(0.0, most)), sparsity_weight=1.0, seed=0)  # fmt: skip
        plans.append(None if isinstance(made, Infeasible) else made)
    spent = time.perf_counter() - start, time.process_time() - cpu
    there = [one for one in plans if one is not None]
    impossible = [_impossible(dict(zip(contract.names, one.x_cf, strict=True)), set(one.changes), features) for one in there]  # fmt: skip
    sizes = [len(one.changes) for one in there]
    print(f"treecf: {len(there)} of {len(plans)} lifted; inputs changed, median {np.median(sizes):.0f}; impossible on a ledger: {sum(impossible)} of {len(there)}")  # fmt: skip
    print(f"treecf: {spent[0]:.1f} s, {spent[1]:.1f} CPU-s")
    for one in there[:3]:
        print("treecf:", {name: (round(float(a), 2), round(float(b), 2)) for name, (a, b) in one.changes.items()})  # fmt: skip


def _impossible(plan: dict[str, float], moved: set[str], features: Sequence[Feature]) -> bool:
    overdue = [plan[name] > 0 for name in OVERDUE if name in plan and not np.isnan(plan[name])]
    known = [one for one in features if one.name in plan]
    out = any(
        (one.low is not None and plan[one.name] < one.low)
        or (one.high is not None and plan[one.name] > one.high)
        for one in known
    )
    alone = any(
        one.name in moved
        and (
            (one.ranked is not None and one.ranked.name in plan and one.ranked.name not in moved)
            or ("payments" in one.tables(STATES) and BALANCE in plan and BALANCE not in moved)
        )
        for one in known
    )
    return out or alone or (any(overdue) and not all(overdue))


def _averaged(model: Ensemble) -> Any:
    """The boosters as one model of the peer: all trees, leaves divided by the number of boosters."""
    from treecf.ir.parsers.lightgbm import parse_lightgbm  # noqa: PLC0415

    parsed = [parse_lightgbm(one) for one in model.boosters]
    trees = [
        replace(tree, nodes=tuple(node if node.value is None else replace(node, value=node.value / len(parsed)) for node in tree.nodes))
        for one in parsed
        for tree in one.trees
    ]  # fmt: skip
    return replace(parsed[0], trees=tuple(trees))


def _newest() -> Any:
    return pq.read_table(paths.PORTFOLIO, columns=["as_of"])["as_of"].to_pandas().max()


def _tables() -> set[str]:
    return {path.stem for path in paths.VALID.glob("*.parquet")}


if __name__ == "__main__":
    main()
