"""Files of an extract and the SELECTs over them that cannot be meant as they are."""

from __future__ import annotations

import gzip
import shutil
from typing import Any

from pipelines import ROOT
from tests.ingest_sheets import write_xlsx
from tests.refused.case import YAML, Case, Change, asked, both, more, no_file, portfolio, written
from tests.sources_sme import CLIENTS, ITEMS, Sme
from world.blocks import spans

CLIENT_FILE = "{path: clients.csv, all_text: true}"
CUSTOMERS, INVOICES, PAYMENTS = (f"configs/portfolios/sme/{name}.sql" for name in ("customers", "invoices", "payments"))  # fmt: skip
OWN = "configs/portfolios/sme/attributes.sql"
STAFF = "SELECT no AS customer_id, DATE '2024-01-01' AS known_on, {columns} FROM clients"
DECLARED = "attributes: [{{name: {name}, dtype: number, pillar: business_context, unit: count}}]"
EVENTS = "configs/portfolios/sme/events.sql"
NO_EVENT = "SELECT 'E' AS event_id, no AS customer_id, DATE '2024-01-01' AS occurred_on, DATE '2024-01-01' AS known_on, 'insolvency' AS kind FROM clients WHERE FALSE"
FROM = "attributes:\n  from: table\n  defaults: {pillar: business_context, unit: count}\n"


def clients(path: str, **options: str) -> Change:
    """The clients in another file, or read in another way."""
    told = {"all_text": "true"} if "csv" in path else {}
    said = "".join(f", {key}: {value}" for key, value in (told | options).items())
    return portfolio(CLIENT_FILE, f"{{path: {path}{said}}}")


def sheet(rows: list[list[Any]]) -> Change:
    return lambda sme: write_xlsx(sme.folder / "extract/clients.xlsx", {"Clients": rows})


def xml(text: str, columns: str = "{number: number}", rows: str = "client") -> Change:
    """The clients as a document of XML."""
    return both(
        portfolio(CLIENT_FILE, f"{{path: clients.xml, rows: {rows}, columns: {columns}}}"),
        written("extract/clients.xml", text),
    )


def cut(sme: Sme) -> None:
    clients("clients.csv.gz")(sme)
    whole = gzip.compress((CLIENTS * 50).encode(), mtime=0)
    (sme.folder / "extract/clients.csv.gz").write_bytes(whole[: len(whole) // 2])


def drops(*days: str, **changed: str) -> Change:
    """The extract as drops, with another text in the clients of one of them (by day, with d in front)."""

    def change(sme: Sme) -> None:
        portfolio("kind: files", "kind: files\n  drops: true")(sme)
        for day in days:
            (sme.folder / f"extract/{day}").mkdir()
            sme.write(f"extract/{day}/clients.csv", changed.get(f"d{day[:4]}", CLIENTS))
            sme.write(f"extract/{day}/open_items.csv", ITEMS)
        for name in ("clients.csv", "open_items.csv"):
            (sme.folder / "extract" / name).unlink()

    return change


def own(columns: str, yaml: str) -> Change:
    """Attributes from a SELECT with these columns."""
    return both(written(OWN, STAFF.format(columns=columns)), more(yaml))


FILES = (
    Case("A header line that lies below the end", clients("clients.csv", header_row="9")),
    Case("A title above the header line", written("extract/clients.csv", f"Clients of 2024\n{CLIENTS}")),
    Case("A gzipped file that is cut", cut),
    Case("An Excel file that is none", both(clients("clients.xlsx"), written("extract/clients.xlsx", CLIENTS)) ),
    Case("A sheet that is not there", both(clients("clients.xlsx", sheet="Kunden"), sheet([["no"], ["K1"]]))),
    Case("A row of a sheet without names", both(clients("clients.xlsx", header_row="2"), sheet([["no"], [None], ["K1"]]))),
    Case("XML without rows", both(portfolio(CLIENT_FILE, "{path: clients.xml}"), written("extract/clients.xml", "<a/>"))),
    Case("XML that is cut", xml("<clients><client><number>K1</number></client>")),
    Case("XML that declares a document type", xml("<!DOCTYPE clients [<!ENTITY k 'K1'>]><clients><client><number>&k;</number></client></clients>")),
    Case("XML without such an element", xml("<clients><kunde><number>K1</number></kunde></clients>")),
    Case("XML with two texts for one column", xml("<clients><client><number>K1</number><number>K2</number></client></clients>")),
    Case("No drop up to the last complete day", drops("2025-01-31")),
    Case("A key that is in no file", both(drops("2024-06-30"), portfolio("{path: clients.csv", "{path: clients.csv, key: [number]"))),
    Case("A column that drops add themselves", drops("2024-06-30", d2024="no,name,since,delivered_on\nK1,Ada,2020-01-01,2024-01-01\n")),
    Case("A column of two types", both(portfolio(", all_text: true", ", key: ['no']"), drops("2023-06-30", "2024-06-30", d2023="no,name,since,staff\nK1,Ada,2020-01-01,many\n", d2024="no,name,since,staff\nK1,Ada,2020-01-01,7\n"))),
)  # fmt: skip
SELECTS = (
    Case("Nothing to judge a customer on", both(no_file(INVOICES, PAYMENTS), portfolio("irb_90dpd", "events_only"), written(EVENTS, NO_EVENT))),
    Case("Payments without invoices", both(no_file(INVOICES), portfolio("irb_90dpd", "events_only"), written(EVENTS, NO_EVENT), own("1.0 AS staff", DECLARED.format(name="staff")))),
    Case("Nobody can be said to have defaulted", portfolio("irb_90dpd", "events_only")),
    Case("Attributes that nobody declares", written(OWN, STAFF.format(columns="1.0 AS staff"))),
    Case("An attribute called as a column of ours", own("1.0 AS staff", DECLARED.format(name="known_on"))),
    Case("Attributes from a table that is not there", more(FROM)),
    Case("An attribute that is a day", own("DATE '2024-01-01' AS visited", FROM)),
    Case("An attribute of figures in texts", own("'17' AS staff", FROM)),
    Case("An attribute whose name no feature can have", own('1.0 AS "Staff"', FROM)),
    Case("An attribute without a unit", own("1.0 AS staff", FROM.replace(", unit: count", ""))),
    Case("A pattern for no attribute", own("1.0 AS staff", f"{FROM}  without: [days_*]\n")),
)  # fmt: skip


def simulated(reporting: str) -> Change:
    """The portfolio as one of the world, in this currency."""

    def change(sme: Sme) -> None:
        text = (sme.folder / YAML).read_text(encoding="utf-8")
        begin, end = text.index("source:"), text.index("default:")
        world = "source: {kind: world, customers: 50}\n"
        sme.write(YAML, (text[:begin] + world + text[end:]).replace("currency: EUR", f"currency: {reporting}"))  # fmt: skip
        shutil.rmtree(sme.mapping)
        shutil.copytree(ROOT / "configs/portfolios/demo", sme.mapping)
        (sme.mapping / "attributes.sql").unlink()

    return change


WORLD = (
    asked("More customers than the world has numbers for", lambda: list(spans(1_000_000))),
    Case("A reporting currency the world knows no rate for", simulated("XAU")),
)  # fmt: skip
