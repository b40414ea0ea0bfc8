"""The pages on movements, on single customers and the list of calls of a whole run, recomputed with DuckDB and pandas alone.

Other pages have tests of their own: the rest of the customer page `test_pages_customers.py`, portfolio `tests/unit/decisions/test_figures.py`, portfolio and data quality
of a whole run `test_pages_delivered.py`, model validation and its sheets `tests/unit/reports/model/test_every_figure.py`, explanations
`tests/unit/models/explanation/test_figures.py` and `test_measured.py`, monitoring and recalibration `tests/unit/models/upkeep/test_figures.py` and
`test_recalibration_figures.py`. What none of them recomputes, each says by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from tests.page_figures import agrees, body, english, number, section, tables, text, tiles
from tests.pages_oracle import Run

pytestmark = pytest.mark.long


def strands(run: Run, points: pd.DataFrame, since: str) -> pd.DataFrame:
    """Points by customer, kind and idea. What comes from statements is a new one's where one was published in between."""
    told = run.frame("SELECT feature, subject, role, pillar, tables FROM lineage").set_index(
        "feature"
    )
    rows = points.reset_index().melt("customer_id", var_name="feature", value_name="points")
    rows = rows.join(told, on="feature")
    new = run.frame("SELECT DISTINCT customer_id FROM financials WHERE published_on >= ?::date AND published_on < ?::date", since, run.today)  # fmt: skip
    is_new = rows["customer_id"].isin(new["customer_id"])
    owed = "how customers paid, what they owe, what is reported of them"
    role = {
        "reason": owed,
        "context": "the circumstances of customers",
        "ours": "our own decisions",
    }
    kind = rows["role"].map(role)
    names = rows["tables"].str.split(",")
    stated = names.apply(lambda some: "financials" in some) & (rows["role"] != "ours")
    claim = stated & names.apply(lambda some: "invoices" in some)
    kind = kind.mask(stated, "statements, without new ones").mask(claim, owed)
    return rows.assign(kind=kind.mask(stated & is_new, "new statements"))


def test_why_the_book_moved(run: Run) -> None:
    page = (run.folder / "reports/movements.html").read_text(encoding="utf-8")
    names = {one["subject"]: one for one in json.loads((run.folder / "reports/movements.json").read_text())["comparisons"][0]["parts"]}  # fmt: skip
    assert len(names) > 3
    parts = re.split(r"<h2>", english(page))[1:]
    assert parts
    for part in parts:
        since = re.findall(r"\d{4}-\d\d-\d\d", part)[0]
        points = run.moved(since)
        then, now = run.on(since), run.on(run.today)
        both = points.index
        sentence = text(re.search(r"<p>(.*?)</p>", part, re.DOTALL).group(1))  # type: ignore[union-attr]
        came, left = len(now.index.difference(both)), len(then.index.difference(both))
        shown = [number(one) for one in re.findall(r"\d[\d,]*(?:\.\d)?", sentence)]
        wanted = [len(both), then.loc[both, "exact"].mean(), now.loc[both, "exact"].mean(), came, left]  # fmt: skip
        assert shown == pytest.approx(wanted, abs=0.0501)
        by = strands(run, points, since).groupby(["kind", "subject", "pillar"])["points"].sum()
        rows, total = body(part), points.to_numpy().sum()
        said = {}
        for idea, kind, shown_points, _ in rows[:-2]:
            own = by[kind]
            near = own[(own - number(shown_points)).abs() <= 1.0]
            assert len(near) >= 1, (idea, kind, shown_points)
            said[idea, kind] = number(shown_points)
        strongest = by.abs().sort_values(ascending=False)[: len(said)]
        assert sorted(map(abs, said.values())) == pytest.approx(sorted(strongest), abs=1.0)
        assert number(rows[-2][2]) == pytest.approx(total - sum(said.values()), abs=1.0)
        assert number(rows[-1][1]) == round(total)
        movers(run, part, (then, now, points), since)


def movers(run: Run, part: str, days: tuple[pd.DataFrame, ...], since: str) -> None:
    """Whose score fell and rose most, from where to where, and by which idea."""
    then, now, points = days
    change = (now["exact"] - then["exact"]).loc[points.index]
    by = (
        strands(run, points, since)
        .groupby(["customer_id", "subject", "kind", "pillar"])["points"]
        .sum()
    )
    told = run.frame("SELECT feature, subject, wording_en FROM lineage")
    subject = dict(zip(told["wording_en"].str.lower(), told["subject"], strict=True))
    words_ = "|".join(map(re.escape, sorted(subject, key=len, reverse=True)))
    cause = re.compile(rf"({words_}) ?: .*? → .*? \( ?([−+][\d,]+) ?\)")
    for table, ranked in zip(tables(part)[1:], (change.sort_values(), change.sort_values(ascending=False)), strict=True):  # fmt: skip
        for place, row in enumerate(table[1:]):
            who = row[0].split()[-1]
            assert change[who] == pytest.approx(ranked.iloc[place], abs=1e-3)
            for cell, value in zip(row[1:4], (then["exact"][who], now["exact"][who], change[who]), strict=True):  # fmt: skip
                assert number(cell) == pytest.approx(value, abs=0.51)
            causes = re.findall(cause, row[4].lower())
            assert causes, row
            for words, shown in causes:
                idea = subject[words]
                assert (by[who, idea] - number(shown)).abs().min() <= 0.51, (who, words)


def test_the_list_of_calls(run: Run) -> None:
    """All who need something done, the largest expected loss first, as the table of decisions has them."""
    head, *rows = CalamineWorkbook.from_path(run.folder / "reports/calls.xlsx").get_sheet_by_name("Calls").to_python()  # fmt: skip
    heads = [str(one).split("\n")[0].split(",")[0] for one in head]
    table = run.frame("FROM portfolio WHERE action NOT IN ('keep', 'grow')").set_index("customer_id")  # fmt: skip
    names = dict(run.rows("SELECT customer_id, name FROM customers"))
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert {one["Customer number"] for one in found} == set(table.index)
    assert [one["No."] for one in found] == list(range(1, len(found) + 1))
    losses = [one["Expected loss"] for one in found]
    assert losses == sorted(losses, reverse=True)
    columns = {
        "Open balance": "exposure", "Overdue": "overdue", "Expected loss": "expected_loss", "Current limit": "limit_current",
        "Recommended limit": "limit", "Recommended terms": "terms_days",
    }  # fmt: skip
    for one in found:
        row = table.loc[one["Customer number"]]
        for title, name in columns.items():
            value = None if pd.isna(row[name]) else float(row[name])
            assert (None if one[title] == "" else one[title]) == pytest.approx(value), title
        assert one["Name"] == names[one["Customer number"]]
        assert (one["Score"], one["Grade"]) == (run.score(row["pd"]), run.grade(row["pd"]))
        assert one["PD"] == pytest.approx(row["pd"])
        assert str(one["Next review"])[:10] == str(row["review_on"])[:10]


def test_every_customers_page(run: Run) -> None:
    today = run.on(run.today)
    book = run.frame("SELECT p.*, c.industry FROM portfolio p JOIN customers c USING (customer_id)")
    looked_at = 0
    for path in sorted((run.folder / "reports/customers").glob("*.html")):
        page = path.read_text(encoding="utf-8")
        who = path.stem
        row = book.set_index("customer_id").loc[who]
        found = tiles(page)
        assert int(found["Score"][0]) == run.score(row["pd"])
        assert int(found["Grade"][0]) == run.grade(row["pd"])
        agrees(found["PD"][0], row["pd"])
        agrees(found["Open balance"][0], float(row["exposure"]))
        agrees(found["Open balance"][1].split(": ")[1], float(row["overdue"]))
        agrees(found["Expected loss"][0], float(row["expected_loss"]))
        made_of(run, page, today.loc[who])
        moved(run, page, who)
        stands(page, book, row)
        owes(run, page, who)
        pays(run, page, who)
        stated(run, page, who)
        looked_at += 1
    assert looked_at > 5


def made_of(run: Run, page: str, row: pd.Series) -> None:
    """Start, inputs and score, in points; by pillar."""
    section_ = section(page, "What the score is made of").replace('<tr class="strong">', "<tr>")
    table, pillars = tables(section_)
    own = {words.lower(): f"phi_{name}" for name, words in run.rows("SELECT feature, wording_en FROM lineage")}  # fmt: skip
    price, shown = row["points_per_log_odd"], [number(line[-2]) for line in table[1:]]
    assert sum(shown[:-1]) == pytest.approx(shown[-1])
    agrees(table[1][-2], row["points_base"])
    agrees(table[-1][-2], row["exact"])
    inputs = [line for line in table[2:-1] if line[0].lower() in own]
    assert len(inputs) > 5
    for line in inputs:
        agrees(line[-2], price * row[own[line[0].lower()]], within=0.1)
    named = {"Credit record": "credit_record", "Ability to pay": "ability_to_pay", "Financial health": "financial_health", "Business context": "business_context"}  # fmt: skip
    (_, start), *by_pillar, (_, score) = pillars[1:]
    assert (number(start), number(score)) == (shown[0], shown[-1])
    assert number(start) + sum(number(points) for _, points in by_pillar) == pytest.approx(number(score))  # fmt: skip
    for words, points in by_pillar:
        agrees(points, row[f"points_{named[words]}"], within=0.1)


def moved(run: Run, page: str, who: str) -> None:
    """The lines add up to the change of the score; each is the sum of one idea's inputs."""
    if "<h2>" + "Why it moved" not in re.sub(r"<span[^>]*>|</span>", "", english(page)):
        return
    told = {words.lower(): subject for words, subject in run.rows("SELECT wording_en, subject FROM lineage")}  # fmt: skip
    for head, *lines in tables(section(page, "Why it moved")):
        since = head[0].split()[-1]
        points = run.moved(since).loc[[who]]
        by = strands(run, points, since).groupby(["subject", "kind", "pillar"])["points"].sum()
        shown = [number(line[-1]) for line in lines]
        assert sum(shown[:-1]) == pytest.approx(shown[-1])
        agrees(lines[-1][-1], points.to_numpy().sum(), within=0.1)
        for line in lines[:-1]:
            idea = told.get(line[0].partition(" ( ")[0].lower())
            assert idea is None or (by[idea] - number(line[-1])).abs().min() <= 0.11, (who, line)


def stands(page: str, book: pd.DataFrame, row: pd.Series) -> None:
    *own, whole = body(section(page, "Where it stands"))
    pairs = [(whole, book)] + [(line, book[book["industry"] == row["industry"]]) for line in own]
    for line, peers in pairs:
        shown = [number(line[1]), number(line[2])]
        assert shown == [len(peers), int((peers["pd"] < row["pd"]).sum())]
        agrees(line[3], peers["score"].median(), within=0.5)
        agrees(line[4], peers["pd"].median())


def owes(run: Run, page: str, who: str) -> None:
    """Ageing as the table of positions has it; each open item from the invoices and payments themselves."""
    found = tables(section(page, "What it owes"))
    (at,) = run.frame("FROM position WHERE customer_id = ? AND as_of = ?::date", who, run.today).to_dict("records")  # fmt: skip
    if not found:
        assert float(at["exposure"]) == 0.0
        return
    buckets = ("not_due", "1-30", "31-60", "61-90", "90+")
    for line, name in zip(found[0][1:-1], buckets, strict=True):
        agrees(line[1], float(at[name]))
    agrees(found[0][-1][1], float(at["exposure"]))
    items = run.open_items(who)
    for number_, issued, due, days, amount, left, _ in found[1][1:] if len(found) > 1 else []:
        own = items[number_]
        assert (issued, due) == (str(own[0]), str(own[1]))
        assert number(days) == own[2] if own[2] > 0 else days == "not due"
        assert number(amount.split()[1]) == float(own[3])
        assert (
            number(left.split()[1]) <= float(own[4]) + 0.001
        )  # credit without a name may clear more
    text_ = text(section(page, "What it owes"))
    oldest = re.search(r"Oldest open item, days past due (\d+|–)", text_)
    assert oldest
    assert number(oldest[1]) == at["oldest_days"]


def pays(run: Run, page: str, who: str) -> None:
    """Each month's payments, of customers billed in the currency of the page alone."""
    if run.rows("SELECT 1 FROM invoices WHERE customer_id = ? AND currency <> 'EUR' LIMIT 1", who):
        return
    months = run.late_by_month(who).set_index("month")
    for month, n, paid, late, days in body(section(page, "How it pays")):
        if month not in months.index:
            assert number(n) == 0
            continue
        own = months.loc[month]
        assert number(n) == own["n"]
        agrees(paid, float(own["paid"]))
        agrees(late, float(own["late"]))
        agrees(days, float(own["days"]))


def stated(run: Run, page: str, who: str) -> None:
    if "<table" not in section(page, "Financial statements"):
        return
    table = tables(section(page, "Financial statements"))[0]
    lines: Mapping[str, Sequence[str]] = {line[0]: line[1:] for line in table}
    rows = run.frame("FROM financials WHERE customer_id = ? AND published_on < ?::date", who, run.today)  # fmt: skip
    names = {"Revenue": "revenue", "EBITDA": "ebitda", "Net income": "net_income", "Total assets": "total_assets", "Cash": "cash", "Total liabilities": "total_liabilities", "Equity": "equity"}  # fmt: skip
    for place, end in enumerate(lines["Period to"]):
        one = rows[rows["period_end"].dt.date == date.fromisoformat(end)].sort_values("published_on").iloc[-1]  # fmt: skip
        for title, name in names.items():
            if title in lines and not pd.isna(one[name]):
                agrees(lines[title][place], float(one[name]))


@pytest.mark.parametrize(("shown", "value"), [("12.3", 12.36), ("−29.0", 29.0), ("4.5%", 0.0456), ("1,339,312", 1_339_313.0)])  # fmt: skip
def test_a_wrong_figure_is_seen(shown: str, value: float) -> None:
    with pytest.raises(AssertionError):
        agrees(shown, value)
