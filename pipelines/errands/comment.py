"""What a retraining did, as a comment for a pull request: the decision, the promotion pack, and the metrics before and after.

Whoever may read a pull request may read it, so that it names no customer: the pack's own page does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.documents.checks import Checks
from contracts.documents.promotion import Promotion
from contracts.documents.receipt import Receipt
from contracts.documents.swap import Swap
from contracts.errors import ContractError
from contracts.files import read_json, write_text
from contracts.numbers import local
from models.registry.log import CHAMPION
from models.registry.registry import Registry
from models.registry.tracking import flat
from pipelines import paths
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings
from reports.locale.catalogue import say
from reports.promotion import plainly

SHOWN = "test."
"""Figures that stand in the table; all others are folded away."""
ENDS = ("_low", "_high")
MAX_FOLDED = 200  # lines; GitHub refuses a comment of more than 65,536 characters


def comment(settings: Settings, base: str = "HEAD") -> str:
    """Writes `reports/retrain.md`. No stage: it tells what the registry, which lies outside DVC, says now.

    Args:
        settings: name the portfolio and its registry.
        base: git revision that the metrics are compared with.
    """
    receipt, registry = Receipt.read(paths.RECEIPT), registry_of(settings)
    blocks = [
        *_decided(registry, receipt),
        *_pack(receipt),
        *_metrics(base),
    ]
    write_text(paths.RETRAINED, "\n\n".join(blocks) + "\n")
    return str(paths.RETRAINED)


def title(registry: Registry, receipt: Receipt) -> str:
    """What became of the model, in one line."""
    if receipt.version is None:
        return f"{receipt.name}: the new model was refused by its gates"
    alias = registry.alias_of(receipt.version)
    waits = f"waits as {alias}" if alias else "bears no alias"
    return (
        f"{receipt.name}: version {receipt.version} {'is champion' if alias == CHAMPION else waits}"
    )


def _decided(registry: Registry, receipt: Receipt) -> Iterator[str]:
    yield f"## {title(registry, receipt)}"
    if receipt.version is None:
        stopping = Checks.read(paths.CHECKS).stopping()
        yield f"Gates not passed: {', '.join(stopping)}. Nothing was registered; the champion stays."
        return
    made = registry.log.read().about(receipt.version)
    if made is not None:
        yield f"{made.kind} on {made.told}"
        return
    yield (
        f"The pipeline may not decide on it. `bonitas promote {receipt.version} --by NAME --why TEXT` makes it champion, "
        f"`bonitas demote {receipt.version} ...` rejects it."
    )


def _pack(receipt: Receipt) -> Iterator[str]:
    """The promotion pack, where the one that lies here is of this version."""
    try:
        found = Promotion.read(paths.PROMOTION_JSON)
    except ContractError:
        return
    if (found.challenger.number, found.challenger.digest) != (receipt.version, receipt.digest):
        return
    advice, reasons = plainly(found)
    yield f"### {_celled(advice)}"
    rows = (f"| {sign} | {_celled(reason)} |" for sign, reason in reasons)
    yield "\n".join(["| | Reason |", "|:-:|---|", *rows])
    if found.swap is not None:
        yield _money(found, found.swap)
        yield _drawn(found, found.swap)


def _celled(text: str) -> str:
    """A bar would end the cell."""
    return text.replace("|", "\\|")


def _money(found: Promotion, swap: Swap) -> str:
    before, after = swap.champion, swap.challenger
    lines = [
        f"{swap.customers:,} customers on {swap.as_of}, {found.currency}:",
        "",
        f"| | version {found.champion.number} | version {found.challenger.number} | moved |",
        "|---|--:|--:|--:|",
    ]
    for name, form in (("limits", ",.0f"), ("expected_loss", ",.0f"), ("expected_defaults", ",.1f"), ("blocked", ",.0f")):  # fmt: skip
        pair = getattr(before, name), getattr(after, name)
        cells = (local(pair[0], form), local(pair[1], form), local(pair[1] - pair[0], f"+{form}"))
        lines.append(f"| {say('en', f'promotion.side.{name}')} | {' | '.join(cells)} |")
    lines.append(f"| {say('en', 'promotion.side.grades')} | | | {swap.worse:,} worse, {swap.better:,} better |")  # fmt: skip
    return "\n".join(lines)


def _drawn(found: Promotion, swap: Swap) -> str:
    """Customers by grade, as GitHub draws it: bars the champion, the line the challenger."""
    grades = ", ".join(str(one) for one in range(1, len(swap.champion.by_grade) + 1))
    bars, line = (", ".join(map(str, one.by_grade)) for one in (swap.champion, swap.challenger))
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta",
            f'    title "Customers by grade: bars version {found.champion.number}, line version {found.challenger.number}"',
            f"    x-axis [{grades}]",
            '    y-axis "customers"',
            f"    bar [{bars}]",
            f"    line [{line}]",
            "```",
        ]
    )


def _metrics(base: str) -> Iterator[str]:
    """`dvc metrics diff`: the test part in a table, all else folded."""
    command = [sys.executable, "-m", "dvc", "metrics", "diff", "--json", base]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - words of ours and a revision
    yield f"### `dvc metrics diff {base}`"
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = (done.stderr or done.stdout).strip().splitlines()
        yield f"Not to be had: {said[-1] if said else 'DVC said nothing'}"
        return
    differ = {name: one for file in found.values() for name, one in file.items() if "diff" in one}
    # DVC tells them in no order; ours is that of the file
    order = {name: place for place, name in enumerate(flat(read_json(paths.METRICS)))}
    lines = dict(sorted(differ.items(), key=lambda one: (order.get(one[0], len(order)), one[0])))
    if not lines:
        yield "No metric differs."
        return
    own = [name for name in lines if name.startswith(SHOWN) and not name.endswith(ENDS)]
    if own:
        yield _table(lines, own)
    if rest := [name for name in lines if name not in own][:MAX_FOLDED]:
        yield f"<details><summary>{len(rest)} further figures</summary>\n\n{_table(lines, rest)}\n\n</details>"


def _table(lines: Mapping[str, Mapping[str, Any]], names: list[str]) -> str:
    head = ["| Metric | before | now | change |", "|---|--:|--:|--:|"]
    rows = [
        f"| {name} | {_number(lines[name]['old'])} | {_number(lines[name]['new'])} | {_number(lines[name]['diff'], '+')} |"
        for name in names
    ]
    return "\n".join([*head, *rows])


def _number(value: Any, sign: str = "") -> str:
    """A metric of unknown size: counts whole, others to five decimals."""
    if isinstance(value, float):
        return local(value, f"{sign},.5f")
    return local(value, f"{sign},d") if isinstance(value, int) else str(value)
