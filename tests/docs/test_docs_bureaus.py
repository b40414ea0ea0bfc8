"""Section 12 of docs/your-own-data.md: every SELECT says what it should of a table as bureaus, insurers and master data have it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import duckdb
import pytest

from contracts.tables.raw import RAW_TABLES
from pipelines import ROOT
from sources.mapping.conversions import offer_conversions

SECTION = (ROOT / "docs/your-own-data.md").read_text(encoding="utf-8").split("## 12. ")[1]
SELECTS = re.findall(r"```sql\n(.*?)```", SECTION, flags=re.DOTALL)
TABLES = """
CREATE TABLE meldungen (Meldung VARCHAR, Konto VARCHAR, Art VARCHAR, Wirksam DATE, Gemeldet DATE, Betrag DECIMAL(18,2));
INSERT INTO meldungen VALUES
  ('A1', 'K1', 'Antrag', '2024-03-01', '2024-03-02', NULL), ('A2', 'K1', 'Rücknahme', '2024-04-01', '2024-04-02', NULL),
  ('A3', 'K2', 'Eröffnung', '2024-05-01', '2024-04-10', NULL), ('B9', 'K2', 'Eröffnung', '2024-05-01', '2024-05-03', NULL),
  ('A4', 'K3', 'Schadenfall', '2024-06-01', '2024-06-05', -900);
CREATE TABLE noten (Konto VARCHAR, Tag DATE, Note VARCHAR);
INSERT INTO noten VALUES ('K1', '2024-01-01', 'Baa1'), ('K2', '2024-01-01', 'WR'), ('K3', '2024-01-01', 'BB-');
CREATE TABLE plaene (Nummer VARCHAR, Konto VARCHAR, Vereinbart DATE, Letzte VARCHAR, Betrag DECIMAL(18,2), Gekuendigt DATE);
INSERT INTO plaene VALUES ('P1', 'K1', '2024-01-10', '31.12.2024', 100, NULL), ('P2', 'K2', '2024-01-10', '31.12.2024', 100, '2024-03-05');
CREATE TABLE reklamationen (Fall VARCHAR, Rechnung VARCHAR, Auf DATE, Zu DATE, Bearbeitet DATE, Grund VARCHAR, Strittig DECIMAL(18,2), Betrag DECIMAL(18,2));
INSERT INTO reklamationen VALUES
  ('D1', 'R1', '2024-01-10', '9999-12-31', NULL, 'price', 60, 100), ('D2', 'R2', '2024-01-10', NULL, '2024-02-20', 'price', 70, 100),
  ('D3', 'R3', '2024-01-10', NULL, NULL, 'freight', 3, 100), ('D4', 'R4', '2024-01-10', '2024-02-01', NULL, 'line 1', 40, 100), ('D4', 'R4', '2024-01-12', '2024-02-09', NULL, 'line 1', 40, 100);
CREATE TABLE konditionen (Konto VARCHAR, Ab DATE, Kreditlimit DECIMAL(18,2), Ziel BIGINT);
INSERT INTO konditionen VALUES ('K1', '2024-01-01', 500, 30), ('K1', '2024-05-01', 800, 30);
CREATE TABLE deckungen (Konto VARCHAR, Ab DATE, Deckung DECIMAL(18,2), Quote DECIMAL(18,8));
INSERT INTO deckungen VALUES ('K1', '2024-03-01', 400, 90), ('K1', '2024-06-01', 0, 90);
CREATE TABLE bilanzen (Konto VARCHAR, Art VARCHAR, Beginn DATE, Stichtag DATE, Veroeffentlicht DATE, Waehrung VARCHAR, Umsatz DECIMAL(18,2), Schulden DECIMAL(18,2), Eigenkapital DECIMAL(18,2), Einheit BIGINT);
INSERT INTO bilanzen VALUES
  ('K1', 'Einzel', '2022-10-01', '2023-12-31', '2024-05-01', 'EUR', -50, -30, -20, 1000), ('K1', 'Konzern', '2023-01-01', '2023-12-31', '2024-06-01', 'EUR', -500, -300, -200, 1000),
  ('K2', 'Konzern', '2023-01-01', '2023-12-31', NULL, 'USD', -7000, -30, 5, 1);
CREATE TABLE debitoren (Konto VARCHAR, Angelegt DATE);
INSERT INTO debitoren VALUES ('K1', '2020-05-01');
CREATE TABLE historie (Konto VARCHAR, Von DATE, Bis DATE, Branche VARCHAR, Kopf VARCHAR);
INSERT INTO historie VALUES ('K1', '0001-01-01', '2010-12-31', 'A', NULL), ('K1', '2011-01-01', '2021-12-31', 'B', NULL), ('K1', '2022-03-01', '9999-12-31', 'C', 'K0');
"""


def day(text: str) -> date:
    return date.fromisoformat(text)


EXPECTED: list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]] = [
    (
        "events",
        ("event_id", "occurred_on", "known_on", "kind", "amount"),
        [
            ("A1", day("2024-03-01"), day("2024-03-02"), "legal_action", None),
            ("A3", day("2024-04-10"), day("2024-04-10"), "insolvency", None),
            ("A4", day("2024-06-01"), day("2024-06-05"), "insurer_claim", 900),
        ],
    ),
    ("events", ("customer_id", "detail"), [("K1", "BBB+"), ("K3", "BB-")]),
    (
        "events",
        ("event_id", "occurred_on", "detail"),
        [
            ("P1", day("2024-01-10"), "2024-12-31"),
            ("P2", day("2024-01-10"), "2024-12-31"),
            ("P2/gekündigt", day("2024-03-05"), "2024-03-05"),
        ],
    ),
    (
        "disputes",
        ("dispute_id", "opened_on", "closed_on"),
        [
            ("D1", day("2024-01-10"), None),
            ("D2", day("2024-01-10"), day("2024-02-20")),
            ("D4", day("2024-01-10"), day("2024-02-09")),
        ],
    ),
    (
        "credit_terms",
        ("valid_from", "credit_limit", "payment_terms_days", "insured_limit", "insured_share"),
        [
            (day("2024-01-01"), 500, 30, None, None),
            (day("2024-03-01"), 500, 30, 400, 0.9),
            (day("2024-05-01"), 800, 30, 400, 0.9),
            (day("2024-06-01"), 800, 30, 0, 0.9),
        ],
    ),
    (
        "financials",
        ("customer_id", "published_on", "months", "revenue", "total_liabilities", "equity"),
        [
            ("K1", day("2024-05-01"), 15, 50_000, 30_000, 20_000),
            ("K2", day("2024-09-30"), 12, 7_000, 30, -5),
        ],
    ),
    (
        "master_history",
        ("known_on", "industry", "parent_id"),
        [(day("2020-05-01"), "B", None), (day("2022-03-01"), "C", "K0")],
    ),
]


@pytest.mark.parametrize("number", range(len(EXPECTED)), ids=[one[0] for one in EXPECTED])
def test_a_select_says_what_the_source_means(number: int) -> None:
    assert len(SELECTS) == len(EXPECTED)
    table, names, expected = EXPECTED[number]
    with duckdb.connect() as connection:
        offer_conversions(connection)
        connection.execute(TABLES)
        rows = connection.sql(SELECTS[number]).to_arrow_table().to_pylist()
    contract = RAW_TABLES[table]
    assert set(rows[0]) <= set(contract.column_names)
    # statements have more lines than a page need show
    needed = {column.name for column in contract.columns if column.unsaid is None}
    assert table == "financials" or needed <= set(rows[0])
    assert all(set(contract.grain) <= set(row) for row in rows)
    found = [tuple(_plain(row[name]) for name in names) for row in rows]
    assert sorted(found, key=str) == sorted(expected, key=str)


def _plain(value: Any) -> Any:
    return float(value) if hasattr(value, "as_tuple") else value
