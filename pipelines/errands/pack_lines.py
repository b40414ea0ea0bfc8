"""The promotion pack as a terminal shows it: the advice and its reasons, then the swap set in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from rich.markup import escape
from rich.table import Table

from contracts.documents.promotion import Promotion
from contracts.documents.swap import Swap
from contracts.numbers import local
from reports.locale.catalogue import say
from reports.promotion import plainly


def lines(document: Promotion, speeds: Mapping[str, float]) -> Iterator[Table | str]:
    """What is printed, in order."""
    yield ""
    advice, reasons = plainly(document)
    yield f"[bold]{escape(advice)}[/]"
    for sign, reason in reasons:
        yield escape(f"  {sign:1} {reason}")
    if document.swap is not None:
        yield _money(document, document.swap)
    if speeds:
        told = (f"version {number} {local(rate, ',.0f')}" for number, rate in speeds.items())
        yield f"rows a second, with reasons: {', '.join(told)}"
    yield ""


def _money(document: Promotion, swap: Swap) -> Table:
    title = f"The newest book, {swap.as_of}, {swap.customers:,} customers, {document.currency}"
    heads = ("", f"version {document.champion.number}", f"version {document.challenger.number}", "moved")  # fmt: skip
    table = Table(*heads, box=None, title=title, title_justify="left")
    before, after = swap.champion, swap.challenger
    for name in ("limits", "expected_loss"):
        pair = getattr(before, name), getattr(after, name)
        table.add_row(say("en", f"promotion.side.{name}"), *(_amount(one) for one in pair), _amount(pair[1] - pair[0], "+"))  # fmt: skip
    blocked, released = swap.crossings
    table.add_row(
        say("en", "promotion.side.blocked"),
        f"{before.blocked:,}",
        f"{after.blocked:,}",
        f"{blocked.customers:,} blocked, {released.customers:,} released",
    )
    table.add_row(
        say("en", "promotion.side.grades"),
        "",
        "",
        f"{swap.worse:,} worse, {swap.better:,} better",
    )
    return table


def _amount(value: Decimal, sign: str = "") -> str:
    return local(value, f"{sign},.0f")
