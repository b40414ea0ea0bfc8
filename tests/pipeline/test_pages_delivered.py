"""The pages of data quality and of the portfolio of a whole run, counted again from the rows with DuckDB and pandas alone.

Not recomputed, by name: how many rows a rule finds that it neither sets aside nor corrects (each rule has its own test on rows that break
it, `tests/unit/quality/rules`), rows that are estimated to be missing, and what rows that were set aside would have said (`tests/unit/quality/delivery`);
indicators of collections (`tests/unit/decisions/test_figures.py`, from a ledger).
"""

from __future__ import annotations

import re

import pytest

from tests.page_figures import agrees, body, english, number, section, tables, text, tiles
from tests.pages_oracle import Run

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def delivered(run: Run) -> dict[str, tuple[int, int, int, int]]:
    """By table: rows delivered, used, set aside, and corrected, which are those that a rule says so of."""
    found = {}
    for name in sorted(path.stem for path in (run.folder / "data/raw").glob("*.parquet")):
        raw, valid = (run.value(f"SELECT count(*) FROM '{run.folder}/data/{part}/{name}.parquet'") for part in ("raw", "valid"))  # noqa: S608 - names of ours # fmt: skip
        aside = run.folder / f"data/quarantine/{name}.parquet"
        gone = run.value(f"SELECT count(*) FROM '{aside}'") if aside.is_file() else 0  # noqa: S608
        found[name] = raw, valid, gone, changed(run, name)
    return found


def changed(run: Run, name: str) -> int:
    """Valid rows whose values are not those of any delivered row."""
    raw, valid = (f"'{run.folder}/data/{part}/{name}.parquet'" for part in ("raw", "valid"))
    there = [one for one, *_ in run.rows(f"DESCRIBE FROM {raw}")]
    columns = ", ".join(f'"{one}"' for one, *_ in run.rows(f"DESCRIBE FROM {valid}") if one in there)  # fmt: skip
    return int(run.value(f"SELECT count(*) FROM (SELECT {columns} FROM {valid} EXCEPT ALL SELECT {columns} FROM {raw})"))  # noqa: S608 - names of ours # fmt: skip


def test_the_tables_of_the_delivery(run: Run, delivered: dict[str, tuple[int, int, int, int]]) -> None:  # fmt: skip
    page = (run.folder / "reports/validation.html").read_text(encoding="utf-8")
    rows = body(section(page, "Tables"))
    shown = sorted(tuple(int(number(one)) for one in row[1:5]) for row in rows)
    assert shown == sorted(delivered.values())
    assert all(raw == valid + gone for raw, valid, gone, _ in delivered.values())
    said = text(english(page))
    whole, gone = (sum(one[place] for one in delivered.values()) for place in (0, 2))
    if gone:
        assert f"Quarantined: {gone:,} of {whole:,} rows ({gone / whole:.2%})." in said.replace(" %", "%")  # fmt: skip
    else:
        assert "Quarantined:" not in said


def test_each_rule_that_sets_rows_aside(run: Run) -> None:
    """Rows and their share of the table, by the name of the rule that they keep in quarantine."""
    page = english((run.folder / "reports/validation.html").read_text(encoding="utf-8"))
    looked_at = 0
    for finding in re.findall(r'<section class="finding">(.*?)</section>', page, re.DOTALL):
        rule = text(re.findall(r'<code class="data">(.*?)</code>', finding, re.DOTALL)[0])
        facts = dict(re.findall(r"<dt>((?:(?!</dt>).)*)</dt>\s*<dd>(.*?)</dd>", finding, re.DOTALL))
        facts = {text(name): text(value) for name, value in facts.items()}
        if "Set aside" not in text(finding) and "Quarantined" not in text(finding):
            continue
        held = [(name, run.value(f"SELECT count(*) FROM '{path}' WHERE rule = ?", rule)) for path in (run.folder / "data/quarantine").glob("*.parquet") for name in [path.stem]]  # noqa: S608 # fmt: skip
        found = [(name, n) for name, n in held if n]
        assert len(found) == 1, rule
        assert number(facts["Rows"]) == found[0][1]
        looked_at += 1
    assert looked_at or "Quarantined:" not in text(page)


def test_the_portfolio_page(run: Run) -> None:
    page = (run.folder / "reports/portfolio.html").read_text(encoding="utf-8")
    rated = run.frame("SELECT p.*, c.name, c.industry FROM portfolio p JOIN customers c USING (customer_id)")  # fmt: skip
    shown, owed = tiles(page), float(rated["exposure"].sum())
    agrees(shown["Open balance"][0], owed)
    assert number(shown["Open balance"][1]) == len(rated)
    agrees(shown["Overdue"][0], float(rated["overdue"].sum()))
    agrees(shown["Overdue"][1].split("%")[0] + "%", float(rated["overdue"].sum()) / owed)
    agrees(shown["Expected loss"][0], float(rated["expected_loss"].sum()))
    risky = rated[[run.grade(one) >= 9 for one in rated["pd"]]]
    assert number(shown["Customers at risk"][0]) == len(risky)
    agrees(shown["Customers at risk"][1].split("balance ")[1], float(risky["exposure"].sum()))
    grades = body(section(page, "The portfolio by grade"))
    level = rated["pd"].map(run.grade)
    for row in grades[:-1]:
        part = rated[level == int(row[0].split()[0])]
        assert number(row[1]) == len(part)
        for cell, name in zip(row[2:5], ("exposure", "overdue", "expected_loss"), strict=True):
            agrees(cell, float(part[name].sum()))
        assert row[5] == "–" if part.empty else agrees(row[5], float(part["pd"].mean())) is None
    industries, largest = tables(section(page, "Concentrations"))[:2]
    for row in industries[1:]:
        part = rated[rated["industry"] == row[0].lower()]
        if len(part):
            assert number(row[1]) == len(part)
            agrees(row[2], float(part["exposure"].sum()))
    order = rated.sort_values(["exposure", "customer_id"], ascending=[False, True])
    for row, one in zip(largest[1:], order.to_dict(orient="records"), strict=False):
        assert one["customer_id"] in row[0]
        agrees(row[-2], float(one["exposure"]))
        agrees(row[-1], float(one["exposure"]) / owed)


def test_ageing_and_actions(run: Run) -> None:
    page = (run.folder / "reports/portfolio.html").read_text(encoding="utf-8")
    at = run.frame("FROM position WHERE as_of = ?::date", run.today)
    scored = at[at["customer_id"].isin(run.frame("FROM portfolio")["customer_id"])]
    for row, name in zip(body(section(page, "Collections")), ("not_due", "1-30", "31-60", "61-90", "90+"), strict=False):  # fmt: skip
        agrees(row[1], float(scored[name].sum()))
        agrees(row[4], float(at[name].sum()))
    counts = run.frame("SELECT action, count(*) AS n, sum(exposure) AS owed FROM portfolio GROUP BY 1")  # fmt: skip
    shown = sorted((int(number(row[2])), number(row[3])) for row in body(section(page, "Recommended actions")))  # fmt: skip
    assert shown == sorted((int(n), round(float(owed))) for n, owed in zip(counts["n"], counts["owed"], strict=True))  # fmt: skip
