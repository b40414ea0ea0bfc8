"""The page of a customer, all but points and movements, recomputed: inputs, peers, reasons, decision, records and answers.

Points, movements, ageing, payments and statements: `test_pages_recomputed.py`. Not recomputed, by name: drawings (their figures stand in
the tables beside them), and the answer to a new statement (features of statements have tests of their own, and no second hand).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.page_figures import agrees, english, number, section, tables, text
from tests.pages_desk import Counter
from tests.pages_oracle import Run

pytestmark = pytest.mark.long
MOST = 12
"""Items that a page names."""
ANSWERED = 6
"""Pages whose answers are counted by hand: features in plain Python take their time."""
BOUND = {"need": "what its orders require", "capacity": "what it can afford", "appetite": "our risk appetite", "grade": "its grade, which has no open credit", "margin": "the margin, which pays for no terms", "in_force": "the limit in force, which stays"}  # fmt: skip
EVENT = {"insolvency": "Insolvency", "write_off": "Write-off", "ceased_trading": "Ceased trading", "legal_action": "Legal action", "insurer_claim": "Claim on the credit insurer", "payment_plan": "Payment plan", "external_rating": "External rating"}  # fmt: skip


@pytest.fixture(scope="module")
def pages(run: Run) -> dict[str, str]:
    """Every page of a customer with a score, by its number."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted((run.folder / "reports/customers").glob("*.html"))}  # fmt: skip
    assert len(found) > 5
    return found


@pytest.fixture(scope="module")
def counter(run: Run, pages: dict[str, str]) -> Counter:
    return Counter(run, list(pages))


@pytest.fixture(scope="module")
def healthy(run: Run) -> pd.DataFrame:
    """The newest observation of each customer within a year up to the last matured one, if no default came of it."""
    return run.frame(
        f"""
        WITH matured AS (FROM '{run.folder}/data/interim/partition.parquet' WHERE defaulted IS NOT NULL),
        newest AS (
            SELECT customer_id, max(as_of) AS as_of FROM matured
            WHERE as_of > (SELECT max(as_of) FROM matured) - INTERVAL 12 MONTH GROUP BY customer_id)
        SELECT m.* FROM newest JOIN matured USING (customer_id, as_of)
        JOIN '{run.folder}/data/features/matrix.parquet' m USING (customer_id, as_of) WHERE NOT defaulted
        """  # noqa: S608 - a folder of ours
    )


def usual(healthy: pd.DataFrame, name: str, industry: object = None) -> float:
    """The median of those of its industry where they are 20 or more, else of all."""
    own = healthy[healthy["customer_industry"] == industry]
    return float((own if len(own) >= 20 else healthy)[name].astype(float).median())


def shows(shown: str, value: float, unit: str) -> None:
    """A value as its unit is written; units of a portfolio's own keep four digits."""
    if pd.isna(value):
        assert shown == "no figure"
        return
    known = {"days", "months", "percentage_points", "share", "money", "count", "ratio"}
    digits = 0.0 if unit in known or not value else 0.5 * 10.0 ** (np.floor(np.log10(abs(value))) - 3)  # fmt: skip
    agrees(shown, value * 100 if unit == "percentage_points" else value, within=float(digits))


def test_each_input_and_its_healthy_value(run: Run, pages: dict[str, str], counter: Counter, healthy: pd.DataFrame) -> None:  # fmt: skip
    told = {words.lower(): (name, unit) for name, words, unit in run.rows("SELECT feature, wording_en, unit FROM lineage")}  # fmt: skip
    looked_at = 0
    for who, page in pages.items():
        for words, own, typical, *_ in tables(section(page, "What the score is made of").replace('<tr class="strong">', "<tr>"))[0][2:-1]:  # fmt: skip
            name, unit = told.get(words.lower(), (None, ""))
            if name is None or unit == "category":
                continue  # "so many more, together", and words
            shows(own, float(pd.to_numeric(counter.matrix.loc[who, name])), unit)
            shows(typical, usual(healthy, name), unit)
            looked_at += 1
    assert looked_at > 10 * len(pages) // 2


def test_reasons_and_strengths_carry_the_numbers_of_the_matrix(run: Run, pages: dict[str, str], counter: Counter, healthy: pd.DataFrame) -> None:  # fmt: skip
    told = run.frame("FROM lineage").set_index("feature")
    said = run.frame(f"FROM '{run.folder}/data/scored/reasons.parquet' WHERE as_of = ?::date ORDER BY customer_id, rank", run.today)  # fmt: skip
    said = said[said["customer_id"].isin(pages)]
    numbers = 0
    for who, own in said.groupby("customer_id"):
        for role, heading in (("reason", "What lowers its score"), ("strength", "What speaks for it")):  # fmt: skip
            shown = [text(one) for one in re.findall(r"<li>(.*?)</li>", section(pages[str(who)], heading), re.DOTALL)]  # fmt: skip
            assert shown == [" ".join(one.split()) for one in own.loc[own["role"] == role, "sentence_en"]]  # fmt: skip
        for row in own[own["role"].isin(["reason", "strength"])].to_dict(orient="records"):
            numbers += carries(row, told.loc[row["feature"]], counter.matrix.loc[str(who)], healthy)  # fmt: skip
    assert numbers > len(pages)


def carries(row: dict[Any, Any], told: pd.Series, own: pd.Series, healthy: pd.DataFrame) -> bool:
    """The value and the healthy one of a sentence; False where it holds none because nothing is known."""
    value, sentence = own[row["feature"]], row["sentence_en"]
    if told["unit"] == "category" or pd.isna(value):
        assert not pd.isna(value) or re.match(r"Not known|Cannot be worked out|No ", sentence)
        return False
    is_rank = str(told.name).endswith("_rank")  # said alike, for and against
    form = (
        told["reason_en"]
        if row["role"] == "reason" or is_rank
        else "{wording}: {value}; {peers}: {typical}."
    )
    pattern = re.escape(form.replace("{wording}", told["wording_en"]))
    for field, found in (("value", r"(?P<value>.+?)"), ("typical", r"(?P<typical>.+?)"), ("peers", r"(?P<peers>healthy customers (?:in its industry|of all industries))")):  # fmt: skip
        pattern = pattern.replace(re.escape(f"{{{field}}}"), found)
    match = re.fullmatch(pattern, sentence, re.IGNORECASE)
    assert match, (form, sentence)
    found = match.groupdict()
    if "value" in found:
        moved = abs(value) if told["is_change"] and row["role"] == "reason" else value
        shows(found["value"], float(moved), told["unit"])
    if "typical" in found:
        many = (healthy["customer_industry"] == own["customer_industry"]).sum() >= 20
        assert found["peers"].endswith("in its industry") == many
        shows(found["typical"], usual(healthy, row["feature"], own["customer_industry"]), told["unit"])  # fmt: skip
    return "value" in found


def facts(fragment: str) -> dict[str, str]:
    """The pairs of a list of facts."""
    pairs = re.findall(r"<dt>((?:(?!</dt>).)*)</dt>\s*<dd>(.*?)</dd>", english(fragment), re.DOTALL)
    return {text(name): text(value) for name, value in pairs}


def test_decision_and_terms(run: Run, pages: dict[str, str], counter: Counter) -> None:
    """Limit, what sets it, terms, review, loss and action by the bookkeeper; what is agreed as the table has it."""
    rated = run.frame("FROM portfolio").set_index("customer_id")
    for who, page in pages.items():
        row, shown = rated.loc[who], facts(page)
        ours = counter.decision(who, float(row["pd"]))
        assert number(shown["Recommended limit"]) == round(ours.limit)
        days = f"net {ours.terms} days" if ours.terms else "prepayment"
        assert shown["Recommended terms"] == days
        assert shown["Next review"] == str(ours.review)
        assert (row["action"], row["limit_bound"]) == (ours.action, ours.bound)
        if (said := re.search(r'"wide">(.*?)</dd>', english(page))) and "set by" in said[1]:
            assert text(said[1]) == f"set by {BOUND[ours.bound]}"
        agreed = run.rows(
            "SELECT credit_limit, payment_terms_days, valid_from::date, insured_limit, insured_share FROM credit_terms"
            " WHERE customer_id = ? AND valid_from < ?::date ORDER BY valid_from DESC LIMIT 1", who, run.today,
        )  # fmt: skip
        if not agreed:
            assert shown["Current limit"] == "not on record"
            continue
        ((limit, terms, since, insured, share),) = agreed
        rate = float(counter.desk(who).rates(counter.desk(who).books.customer["currency"]))
        assert shown["Current terms"] == (f"net {terms} days" if terms else "prepayment")
        assert f"in force since {since}" in text(english(page))
        for title, value, absent in (("Current limit", limit, "none agreed"), ("Insured limit", insured, "not insured")):  # fmt: skip
            if value is None:
                assert shown[title] == absent
            else:
                agrees(shown[title], float(value) * rate)
        if share is not None and insured is not None:
            assert f"the insurer pays {share:.0%} of a loss within it" in text(english(page))


def test_what_must_be_known(run: Run, pages: dict[str, str]) -> None:
    """Over the limit, what is long past due, the latest statement, events and alarms: said where true, and nowhere else."""
    at = run.frame("SELECT p.*, r.limit_current FROM portfolio r LEFT JOIN position p ON p.customer_id = r.customer_id AND p.as_of = ?::date", run.today).set_index("customer_id")  # fmt: skip
    for who, page in pages.items():
        said = [text(one) for one in re.findall(r"<li>(.*?)</li>", section(page, "Facts to know, whether or not the score used them"), re.DOTALL)]  # fmt: skip
        wanted, row = [], at.loc[who]
        if not pd.isna(row["limit_current"]) and float(row["exposure"]) > float(row["limit_current"]):  # fmt: skip
            wanted.append(f"Over its limit: it owes EUR {row['exposure']:,.0f} against a limit of EUR {row['limit_current']:,.0f}.")  # fmt: skip
        late = sum(row[name] for name in ("31-60", "61-90", "90+"))
        if row["oldest_days"] > 30 and late > 0:
            wanted.append(f"Its oldest open item is {row['oldest_days']:.0f} days past due; EUR {late:,.0f} is more than 30 days past due.")  # fmt: skip
        for end, currency, equity, income in run.rows(
            "SELECT period_end::date, currency, coalesce(equity, total_assets - total_liabilities), net_income FROM financials"
            " WHERE customer_id = ? AND published_on < ?::date ORDER BY period_end DESC, published_on DESC LIMIT 1", who, run.today,
        ):  # fmt: skip
            for value, words in ((equity, "Negative equity of"), (income, "Loss of")):
                if value is not None and value < 0:
                    wanted.append(f"{words} {currency} {-value:,.0f} in its latest statement, for the period to {end}.")  # fmt: skip
        assert [one for one in said if re.match(r"Over its|Its oldest|Negative equity|Loss of", one)] == wanted  # fmt: skip
        rest = [one for one in said if one not in wanted]
        known = run.rows("SELECT kind, max(occurred_on)::date FROM events WHERE customer_id = ? AND known_on < ?::date AND occurred_on < ?::date AND kind IN ('insolvency', 'write_off', 'ceased_trading', 'legal_action', 'insurer_claim') GROUP BY kind", who, run.today, run.today)  # fmt: skip
        dated = {str(on) for _, on in known}
        for one in rest:
            if (event := re.fullmatch(r"(.*) on (\d{4}-\d\d-\d\d)\.", one)) is not None:
                assert event[2] in dated
            else:
                alarm(run, who, one)
        final = {str(on) for kind, on in known if kind in ("insolvency", "write_off", "ceased_trading")}  # fmt: skip
        assert all(any(one.endswith(f"on {on}.") for one in rest) for on in final)


def alarm(run: Run, who: str, sentence: str) -> None:
    """The only alarm of the demo: a payment index below 55."""
    found = re.fullmatch(r"Bureau payment index, 0 \(worst\) to 100: ([\d.]+) on (\S+), below the alarm at 55\.", sentence)  # fmt: skip
    assert found, sentence
    ((value, on),) = run.rows(f"SELECT payment_index, known_on::date FROM '{run.folder}/data/valid/attributes.parquet' WHERE customer_id = ? AND known_on < ?::date AND payment_index IS NOT NULL ORDER BY known_on DESC LIMIT 1", who, run.today)  # noqa: S608 - a folder of ours # fmt: skip
    agrees(found[1], float(value), within=0.05)
    assert (found[2], float(value) < 55) == (str(on), True)


def test_disputes_events_group_and_trade(run: Run, pages: dict[str, str], counter: Counter) -> None:  # fmt: skip
    for who, page in pages.items():
        disputes = run.rows(
            "SELECT d.invoice_id, i.currency || ' ' || format('{:,.2f}', i.amount::double), d.opened_on::date::text,"
            " coalesce(CASE WHEN d.closed_on < $2::date THEN d.closed_on::date::text END, 'open'), d.reason FROM disputes d JOIN invoices i USING (invoice_id)"
            " WHERE i.customer_id = $1 AND d.opened_on < $2::date ORDER BY d.closed_on IS NOT NULL AND d.closed_on < $2::date, d.opened_on DESC, d.dispute_id",
            who, run.today,
        )  # fmt: skip
        listed(page, "Disputes", [[one or "–" for one in row] for row in disputes], 10)
        events = run.rows(
            "SELECT occurred_on::date::text, known_on::date::text, kind FROM events WHERE customer_id = ? AND known_on < ?::date AND occurred_on < ?::date"
            " ORDER BY occurred_on DESC, event_id", who, run.today, run.today,
        )  # fmt: skip
        listed(page, "Credit events", [list(row) for row in events], 15)
        trades(run, page, who, counter)
        group(run, page, who)


def listed(page: str, heading: str, rows: list[list[str]], most: int) -> None:
    """A section shows these rows, the first so many, or says that there are none."""
    below = section(page, heading)
    if not rows:
        assert "None on record" in text(below)
        return
    shown = [row[: len(rows[0])] for row in tables(below)[0][1:]]
    assert [row[:2] for row in shown] == [row[:2] for row in rows[:most]]
    for one, other in zip(shown, rows, strict=False):
        assert one[2] in (other[2], EVENT.get(other[2]))
        assert one[3:] == other[3:]
    assert (f"of {len(rows)} " in text(below)) == (len(rows) > most)


def trades(run: Run, page: str, who: str, counter: Counter) -> None:
    """What was billed: by value date, known before the day; a credit note is taken off the month of the invoice that it names."""
    shown = facts(section(page, "What it owes"))
    for title, months in (
        ("Billed in the last 12 months, net of credit notes", 12),
        ("Billed in the last 3 months, net of credit notes", 3),
    ):
        if title not in shown:
            continue
        rates = counter.desk(who).rates
        rows = run.rows(f"SELECT i.currency, sum(CASE WHEN i.kind = 'invoice' THEN i.amount ELSE -i.amount END) FROM invoices i LEFT JOIN invoices n ON n.invoice_id = i.credits WHERE i.customer_id = ? AND i.booked_at < ?::date AND coalesce(n.issued_on, i.issued_on) < ?::date AND coalesce(n.issued_on, i.issued_on) >= ?::date - INTERVAL {months} MONTH GROUP BY 1", who, run.today, run.today, run.today)  # noqa: S608 - a number of ours # fmt: skip
        billed = sum((amount * rates(currency) for currency, amount in rows), Decimal(0))
        agrees(
            shown[title], float(round(billed, 2))
        )  # to the cent, of which the page shows the whole ones


def group(run: Run, page: str, who: str) -> None:
    """All that share a head, by the way up of their parents; what they owe together, and how many are at risk."""
    family = [one for (one,) in run.rows(
        """
        WITH RECURSIVE up AS (
            SELECT customer_id, customer_id AS head, 0 AS n FROM customers
            UNION ALL SELECT u.customer_id, c.parent_id, n + 1 FROM up u JOIN customers c ON c.customer_id = u.head WHERE c.parent_id IS NOT NULL AND n < 20),
        top AS (SELECT customer_id, arg_max(head, n) AS head FROM up GROUP BY 1)
        SELECT customer_id FROM top WHERE head = (SELECT head FROM top WHERE customer_id = ?)
        """, who,
    )]  # fmt: skip
    if len(family) == 1:
        assert "Its group" not in text(english(page))
        return
    below = text(section(page, "Its group"))
    owed = run.value("SELECT coalesce(sum(exposure), 0) FROM position WHERE as_of = ?::date AND customer_id IN (SELECT unnest(?))", run.today, family)  # fmt: skip
    risky, scored = run.rows("SELECT count(*) FILTER (grade >= 9), count(*) FROM portfolio WHERE customer_id IN (SELECT unnest(?))", family)[0]  # fmt: skip
    assert f"owe {float(owed):,.0f} EUR." in below
    assert f"At risk: {risky}; without a score, such as those in default: {len(family) - scored}." in below  # fmt: skip
    rows = tables(section(page, "Its group"))[0][1:]
    assert len(rows) == min(len(family) - 1, 15)


def test_what_would_help(run: Run, pages: dict[str, str], counter: Counter) -> None:
    """Payments are booked in the ledger by hand; the bookkeeper counts the features, and LightGBM answers."""
    exact = run.on(run.today)["exact"]
    answered = 0
    for who, page in list(pages.items())[:ANSWERED]:
        if "What would help" not in text(english(page)):
            continue
        below = section(page, "What would help")
        assert counter.score(counter.row(who)) == pytest.approx(exact[who], abs=0.02)
        owed = counter.owed(who)
        desk = counter.desk(who)
        rates = {row["invoice_id"]: desk.rates(row["currency"]) for row in counter.tables["invoices"] if row["customer_id"] == who}  # fmt: skip
        left = {one.document: one.left / rates[one.document] for one in owed}
        asked = {
            "All that is overdue and not in dispute is paid": [one.document for one in owed if not one.disputed and one.due < counter.as_of],
            "Disputes are settled, and what was in dispute is paid": [one.document for one in owed if one.disputed],
            "All it owes is paid, what is in dispute included": [one.document for one in owed],
        }  # fmt: skip
        is_advised = True
        for row in (row for table in tables(below) for row in table[1:]):
            if len(row) == 1:
                assert row == ["Not advised: the score would fall"]
                is_advised = False
                continue
            lever, n, amount, score, change, _ = row
            assert (number(change) >= 0) == is_advised
            if lever not in asked:
                continue
            paid = {name: left[name].quantize(Decimal("0.01")) for name in asked[lever]}
            assert number(n) == len(paid)
            agrees(amount, float(sum((paid[one] * rates[one] for one in paid), Decimal(0))))
            answer(counter, who, paid, (score, change), exact[who])
            answered += 1
        answered += first_step(counter, who, below)
    assert answered > ANSWERED // 2


def answer(counter: Counter, who: str, paid: dict[str, Decimal], shown: tuple[str, str], now: float) -> None:  # fmt: skip
    """The score with so much paid, and its change."""
    found = counter.score(counter.row(who, counter.pays(paid)))
    assert number(shown[0]) == pytest.approx(found, abs=0.53)
    assert number(shown[1]) == pytest.approx(found - now, abs=1.03)


def first_step(counter: Counter, who: str, below: str) -> bool:
    """The fewest items that lift the grade, where all of them are named."""
    said, named = text(below), re.findall(r"<p class=\"note\">(?:.*?)To be paid:(.*?)</p>", english(below), re.DOTALL)  # fmt: skip
    if not named or "more" in text(named[0]):
        return False
    items = {name.strip(): Decimal(amount.replace(",", "")) for name, amount in re.findall(r"([^,()]+?) \( ?[A-Z]{3} ([\d,.]+) ?\)", text(named[0]))}  # fmt: skip
    found = re.search(r"The score would be (\d+) instead of (\d+), and the grade (\d+) instead of (\d+)", said)  # fmt: skip
    assert found
    score = counter.score(counter.row(who, counter.pays(items)))
    assert int(found[1]) == pytest.approx(score, abs=0.53)
    assert int(found[3]) < int(found[4])
    assert len(items) <= MOST
    return True
