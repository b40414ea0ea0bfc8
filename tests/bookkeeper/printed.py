"""The bookkeeper's figures as the portfolio page prints them, and what the page shows, by heading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.page_figures import body, english, section, text, tiles

Rows = dict[str, list[list[str]]]
CURRENCY = "EUR"


def money(amount: Decimal) -> str:
    """Whole units."""
    return f"{amount:,.0f}"


def share(part: Decimal | float | None, digits: int = 1) -> str:
    """Per cent."""
    return "\u2013" if part is None else f"{float(part) * 100:.{digits}f}%"


def days(value: float | None, unit: str = " days") -> str:
    """One decimal."""
    return "\u2013" if value is None else f"{value:,.1f}{unit}"


def _counted_back(family: Mapping[str, Any]) -> str:
    """A year's days are said to be the least where they are."""
    least = f"more than {family['countback_dso'] or 0:,.0f} days"
    return least if family["is_countback_beyond"] else days(family["countback_dso"])


def weighed(row: Mapping[str, Any]) -> list[str]:
    """Customers, open balance, overdue, expected loss, mean PD."""
    amounts = [money(row[name]) for name in ("exposure", "overdue", "expected_loss")]
    return [str(row["customers"]), *amounts, share(row["mean_pd"], 2)]


def printed(figures: Mapping[str, Any]) -> Rows:
    """What the page should show."""
    head, moved = figures["headline"], figures["earlier"]
    scored, whole = figures["receivables"], figures["receivables_ledger"]
    names = ("dso", "best_possible_dso", "days_delinquent", "countback_dso")
    family = [[days(scored[name]), days(whole[name])] for name in names[:-1]]
    family.append([_counted_back(scored), _counted_back(whole)])
    family.append([days(scored["effectiveness"], ""), days(whole["effectiveness"], "")])
    named = {"others": "All others", "unknown": "Not known"}
    return {
        "tiles": [
            [f"{money(head['exposure'])} {CURRENCY}", f"of {head['customers']} customers with a score"],
            [f"{money(head['overdue'])} {CURRENCY}", f"{share(head['overdue_share'])} of the open balance"],
            [f"{money(head['expected_loss'])} {CURRENCY}", "over the next 12 months"],
            [str(head["at_risk"]), f"grade 9 or worse; open balance {money(head['at_risk_exposure'])}"],
        ],
        "outside": [[money(figures["outside"]["exposure"]), str(figures["outside"]["customers"])]],
        "moves": [[str(moved[name]) for name in ("customers", "worse", "better")] + [_signed(moved[name]) for name in ("at_risk_change", "exposure_change", "overdue_change")]],
        "grades": [*([str(row["grade"]), *weighed(row)] for row in figures["grades"]), ["All", *weighed(head)]],
        "actions": [weighed(row)[:2] for row in figures["actions"] if row["customers"]],
        "ageing": [[money(row["amount"]), share(row["share"]), money(row["ledger_amount"]), share(row["ledger_share"])] for row in figures["ageing"]],
        "family": family,
        "industries": [
            [named.get(row["kind"], row["industry"]), *(weighed(row)[n] for n in (0, 1, 3, 4))] for row in figures["industries"]
        ],
        "largest": [[row["customer_id"], money(row["exposure"]), share(row["share"])] for row in figures["largest"]],
    }  # fmt: skip


def shown(page: str) -> Rows:
    """The same places of the page."""
    whole = text(english(page)).replace("\u2212", "-")
    outside = re.search(r"Not included: ([\d,]+) owed by (\d+) customers? in default", whole)
    moved = re.search(
        r"(\d+) customers in both books: (\d+) downgraded, (\d+) upgraded; change in the number at risk: ([+-]?\d+)\."
        r" Change in their open balance: ([+-][\d,]+); in what is overdue: ([+-][\d,]+)\.",
        whole,
    )
    assert outside is not None
    assert moved is not None
    grades = body(section(page, "The portfolio by grade"))
    ages, family = (body(section(page, "Collections"), place) for place in (0, 1))
    industries, largest = (body(section(page, "Concentrations"), place) for place in (0, 1))
    return {
        "tiles": [list(row) for row in tiles(page).values()],
        "outside": [list(outside.groups())],
        "moves": [list(moved.groups())],
        "grades": [[row[0].split()[0], *row[1:]] for row in grades],
        "actions": [row[2:] for row in body(section(page, "Recommended actions"))],
        "ageing": [[*row[1:3], *row[4:6]] for row in ages],
        "family": [row[1:] for row in family],
        "industries": industries,
        "largest": [[row[0].split()[-1], *row[2:]] for row in largest],
    }


def _signed(value: Any) -> str:
    """A change with its sign; none is "0"."""
    return f"{value:+,.0f}" if round(value) else "0"
