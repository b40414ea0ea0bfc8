"""Every figure on the portfolio page, recomputed from the ledger and from the rows of `portfolio.parquet`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.portfolio import Portfolio
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table
from decisions.facts.book import gather
from decisions.rating import rate
from decisions.summary import CALLED_FOR, Heading, summarise
from reports.portfolio import PAGE
from tests.page_figures import body, english, section, tables, text, tiles
from tests.positions import written
from tests.unit.decisions.conftest import book_maker

AS_OF, THEN = date(2025, 12, 31), date(2025, 9, 30)
MONTH_ENDS = pd.date_range(end=AS_OF, periods=13, freq="ME").date[::-1]
"""Newest first; invoices of [older, newer) are a month."""
SCALE, RULES = ScaleConfig(), RateConfig()


class Ledger:
    """Invoices and payments of seventy customers, and what they owe, reckoned without DuckDB."""

    def __init__(self) -> None:
        draw = np.random.default_rng(11)
        self.invoices: list[dict[str, Any]] = []
        self.payments: list[dict[str, Any]] = []
        for number in range(70):
            for _ in range(int(draw.integers(0, 8))):
                self._invoice(f"C{number:02}", draw)

    def _invoice(self, customer: str, draw: np.random.Generator) -> None:
        name = f"I{len(self.invoices):04}"
        issued = AS_OF - timedelta(days=int(draw.integers(1, 420)))
        amount = Decimal(int(draw.lognormal(8, 1.3) * 100)) / 100
        due = issued + timedelta(days=int(draw.choice([14, 30, 60])))
        self.invoices.append(
            {"invoice_id": name, "customer_id": customer, "amount": amount, "issued_on": issued, "due_on": due}
        )  # fmt: skip
        share = draw.choice([0.0, 0.4, 1.0], p=[0.15, 0.15, 0.7])
        paid = (amount * Decimal(str(share))).quantize(Decimal("0.01"))
        paid_on = due + timedelta(days=int(draw.integers(-10, 60)))
        if paid and paid_on < AS_OF:
            self.payments.append(
                {"payment_id": f"P{name}", "invoice_id": name, "customer_id": None, "amount": paid, "paid_on": max(paid_on, issued)}
            )  # fmt: skip

    def open_items(self, day: date) -> pd.DataFrame:
        """One row per item open on the day: customer, what is left, days past due."""
        paid: dict[str, Decimal] = {}
        for one in self.payments:
            if one["paid_on"] < day:
                paid[one["invoice_id"]] = paid.get(one["invoice_id"], Decimal(0)) + one["amount"]
        rows = [
            (one["customer_id"], one["amount"] - paid.get(one["invoice_id"], Decimal(0)), (day - one["due_on"]).days)
            for one in self.invoices
            if one["issued_on"] < day
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=["customer_id", "left", "dpd"])
        return frame[frame["left"] > 0]

    def sold(self, since: date, until: date, customers: Any = None) -> Decimal:
        return sum((one["amount"] for one in self.invoices if since <= one["issued_on"] < until and (customers is None or one["customer_id"] in customers)), Decimal(0))  # fmt: skip


@dataclass(frozen=True)
class Made:
    """The page, and the rows it was made of."""

    ledger: Ledger
    rated: pd.DataFrame
    earlier: pd.DataFrame
    html: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page was made."""
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def made(folder: Path) -> Made:
    make_book = book_maker(folder)
    ledger, draw = Ledger(), np.random.default_rng(5)
    names = [f"C{number:02}" for number in range(70)]
    customers = [
        {"customer_id": one, "name": f"Firm {one}", "industry": None if n % 9 == 0 else f"trade {n % 13:02}"}
        for n, one in enumerate(names)
    ]  # fmt: skip
    tables = written(
        folder, customers=customers, invoices=ledger.invoices, payments=ledger.payments
    )
    chance = dict(zip(names[:62], np.round(10 ** draw.uniform(-4, -0.1, 62), 5).tolist(), strict=True))  # fmt: skip
    earlier = pd.DataFrame({"customer_id": names[3:66], "as_of": pd.Timestamp(THEN), "pd": 10 ** draw.uniform(-4, -0.1, 63)})  # fmt: skip
    book = make_book(tables, chance)
    book = make_book(tables, chance, scored=pd.concat([book.scored, earlier], ignore_index=True))
    facts = gather(book, 24)
    rated = rate(book, SCALE, RULES, facts=facts)
    who = read_table(tables["customers"], CUSTOMERS)
    document = summarise(rated, who, book, facts, Heading("demo", "Demo", 12), (SCALE, RULES))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        document.write(Path(PAGE.document))
        PAGE.write()
    rows = rated.merge(who[["customer_id", "name", "industry"]], on="customer_id")
    return Made(ledger, rows, earlier, (folder / PAGE.file).read_text(encoding="utf-8"))


def total(values: Any) -> Decimal:
    return sum(values, Decimal(0))


def money(value: Decimal | float) -> str:
    return f"{value:,.0f}"


def grades_of(chance: Any) -> Any:
    """1 and up; a PD on a bound belongs to the riskier grade."""
    return np.searchsorted(SCALE.grade_bounds, chance, side="right") + 1


def test_what_is_owed_is_what_the_ledger_says(made: Made) -> None:
    items = made.ledger.open_items(AS_OF)
    owed = items.groupby("customer_id")["left"].sum()
    late = items[items["dpd"] > 0].groupby("customer_id")["left"].sum()
    for row in made.rated.to_dict(orient="records"):
        assert row["exposure"] == owed.get(row["customer_id"], Decimal(0))
        assert row["overdue"] == late.get(row["customer_id"], Decimal(0))
    outside = owed[~owed.index.isin(made.rated["customer_id"])]
    assert len(outside) > 3
    assert f"Not included: {money(total(outside))} owed by {len(outside)} customers in default, who have no score." in text(english(made.html))  # fmt: skip


def test_the_tiles(made: Made) -> None:
    rows, shown = made.rated, tiles(made.html)
    owed, late = total(rows["exposure"]), total(rows["overdue"])
    at_risk = rows[grades_of(rows["pd"]) >= 9]
    assert shown == {
        "Open balance": (f"{money(owed)} EUR", f"of {len(rows)} customers with a score"),
        "Overdue": (f"{money(late)} EUR", f"{late / owed:.1%} of the open balance"),
        "Expected loss": (f"{money(total(rows['expected_loss']))} EUR", "over the next 12 months"),
        "Customers at risk": (
            str(len(at_risk)),
            f"grade 9 or worse; open balance {money(total(at_risk['exposure']))}",
        ),
    }


def test_moves_since_the_earlier_book(made: Made) -> None:
    then = dict(zip(made.earlier["customer_id"], grades_of(made.earlier["pd"]), strict=True))
    now = dict(zip(made.rated["customer_id"], grades_of(made.rated["pd"]), strict=True))
    worse = sum(now[one] > then[one] for one in now if one in then)
    better = sum(now[one] < then[one] for one in now if one in then)
    both = [one for one in now if one in then]
    change = sum(now[one] >= 9 for one in both) - sum(then[one] >= 9 for one in both)
    items = made.ledger.open_items(THEN)
    items = items[items["customer_id"].isin(both)]
    stayed = made.rated[made.rated["customer_id"].isin(both)]
    owed = total(stayed["exposure"]) - total(items["left"])
    late = total(stayed["overdue"]) - total(items.loc[items["dpd"] > 0, "left"])
    wanted = (
        f"Since 2025-09-30, of {len(both)} customers in both books: {worse} downgraded, {better} upgraded; change in the number at risk: {change:+d}. "
        f"Change in their open balance: {owed:+,.0f}; in what is overdue: {late:+,.0f}."
    )
    assert wanted.replace("-", "−") in text(english(made.html)).replace("-", "−")


def test_the_calls_and_their_order(made: Made) -> None:
    rows = [row for row in made.rated.to_dict(orient="records") if row["action"] in CALLED_FOR]
    rows.sort(key=lambda row: (-row["expected_loss"], -row["pd"], row["customer_id"]))
    below = section(made.html, "Customers to call")
    assert f"Shown: 10 of {len(rows)} customers in need of action" in text(below)
    calls = re.findall(r'<li class="call">(.*?</dl>)', below, flags=re.DOTALL)
    assert len(calls) == 10 < len(rows)
    for call, row in zip(calls, rows, strict=False):
        name = re.search(r"<h3>(.*?)</h3>", call)
        assert name is not None
        assert text(name.group(1)) == f"Firm {row['customer_id']}"
        assert f"score {row['score']} · grade {row['grade']}" in text(call)
        assert f"PD of {row['pd']:.2%}" in text(call)
        facts = dict(zip(*(re.findall(rf"<{tag}>(.*?)</{tag}>", call) for tag in ("dt", "dd")), strict=True))  # fmt: skip
        terms = "prepayment" if row["terms_days"] == 0 else f"net {row['terms_days']} days"
        assert {text(label): text(value) for label, value in facts.items()} == {
            "Open balance": money(row["exposure"]),
            "Overdue": money(row["overdue"]),
            "Expected peak balance": money(row["ead"]),
            "Expected loss": money(row["expected_loss"]),
            "Current limit": "–",
            "Recommended limit": money(row["limit"]),
            "Recommended terms": terms,
            "Next review": str(row["review_on"])[:10],
        }


def weighed(rows: pd.DataFrame) -> list[str]:
    """Customers, open balance, overdue, expected loss, mean PD."""
    amounts = [money(total(rows[one])) for one in ("exposure", "overdue", "expected_loss")]
    mean = f"{rows['pd'].mean() * 100:.2f}%" if len(rows) else "–"
    return [f"{len(rows)}", *amounts, mean]


def test_the_table_of_grades(made: Made) -> None:
    *shown, last = body(section(made.html, "The portfolio by grade"))
    level = grades_of(made.rated["pd"])
    assert [row[0].split()[0] for row in shown] == [str(one) for one in range(1, 11)]
    assert [row[1:] for row in shown] == [weighed(made.rated[level == one]) for one in range(1, 11)]
    assert last == ["All", *weighed(made.rated)]


def test_the_table_of_actions(made: Made) -> None:
    shown = body(section(made.html, "Recommended actions"))
    order = ["stop", "secure", "reduce", "review", "keep", "grow"]
    wanted = [weighed(made.rated[made.rated["action"] == one])[:2] for one in order]
    assert [row[2:] for row in shown] == [row for row in wanted if row[0] != "0"]


def test_ageing_of_the_scored_and_of_the_whole_ledger(made: Made) -> None:
    items = made.ledger.open_items(AS_OF)
    bucket = pd.cut(items["dpd"], [-np.inf, 0, 30, 60, 90, np.inf], labels=False)
    is_scored = items["customer_id"].isin(made.rated["customer_id"])
    shown = body(section(made.html, "Collections"))
    for place, kept in ((1, is_scored), (4, is_scored | True)):
        amounts = [total(items.loc[(bucket == one) & kept, "left"]) for one in range(5)]
        assert all(amounts)
        assert [row[place : place + 2] for row in shown] == [
            [money(one), f"{one / total(amounts) * 100:.1f}%"] for one in amounts
        ]


def family(ledger: Ledger, customers: set[str] | None) -> list[str]:
    """DSO, best possible DSO, days delinquent, count-back DSO and effectiveness, of some customers or of all."""

    def left(day: date) -> pd.DataFrame:
        items = ledger.open_items(day)
        return items if customers is None else items[items["customer_id"].isin(customers)]

    items = left(AS_OF)
    closing, current = total(items["left"]), total(items.loc[items["dpd"] <= 0, "left"])
    opening, sales = total(left(THEN)["left"]), ledger.sold(THEN, AS_OF, customers)
    dso, best = (float(one / sales * 92) for one in (closing, current))
    rest, counted = closing, 0.0
    for end, start in pairwise(MONTH_ENDS):
        sold = ledger.sold(start, end, customers)
        counted += min(float(rest / sold), 1.0) * (end - start).days
        rest = max(rest - sold, Decimal(0))
    assert rest == 0  # or the test would not see where the months end
    effectiveness = float((opening + sales - closing) / (opening + sales - current) * 100)
    days = [f"{one:,.1f} days" for one in (dso, best, dso - best, counted)]
    return [*days, f"{effectiveness:,.1f}"]


def test_days_sales_outstanding_and_its_family(made: Made) -> None:
    below = section(made.html, "Collections")
    assert "Indicators over the last 92 days" in text(below)
    labels = [
        "Days sales outstanding (DSO)",
        "Best possible DSO, if nobody paid late",
        "Average days delinquent",
        "DSO by the count-back method",
        "Collection effectiveness index; 100: all that could be collected",
    ]
    scored, whole = family(made.ledger, set(made.rated["customer_id"])), family(made.ledger, None)
    assert scored != whole
    assert tables(below)[1][1:] == [list(row) for row in zip(labels, scored, whole, strict=True)]


def test_concentrations(made: Made) -> None:
    rows = made.rated
    industries, largest = (body(section(made.html, "Concentrations"), place) for place in (0, 1))
    weights = {
        str(name): (total(part["exposure"]), len(part)) for name, part in rows.groupby("industry")
    }
    top = sorted(weights, key=lambda name: (-weights[name][0], -weights[name][1], name))[:10]
    parts = [(name, rows[rows["industry"] == name]) for name in top]
    parts.append(("All others", rows[rows["industry"].notna() & ~rows["industry"].isin(top)]))
    parts.append(("Not known", rows[rows["industry"].isna()]))
    assert len(weights) > 10
    wanted = []
    for name, part in parts:
        customers, owed, _, loss, mean = weighed(part)
        wanted.append([name, customers, owed, loss, mean])
    assert industries == wanted
    order = sorted(rows.to_dict(orient="records"), key=lambda r: (-r["exposure"], r["customer_id"]))
    whole = total(rows["exposure"])
    assert [[row[0], *row[2:]] for row in largest] == [
        [f"Firm {one['customer_id']} {one['customer_id']}", money(one["exposure"]), f"{one['exposure'] / whole * 100:.1f}%"]
        for one in order[:10]
    ]  # fmt: skip


def test_the_page_needs_the_file_alone(
    made: Made, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    document = Portfolio.read(Path(PAGE.document))
    Path("data").mkdir(exist_ok=True)
    assert PAGE.render(document) == made.html
