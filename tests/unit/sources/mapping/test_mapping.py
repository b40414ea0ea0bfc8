"""The mapping: columns, types and statements a SELECT may have, and what a user reads when it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import connect
from contracts.errors import BonitasError, ConfigError, ContractError, SourceError
from sources.extract import extract
from sources.extracts.files import open_files
from sources.mapping.selects import read_selects
from tests.sources_books import PORTFOLIO

CUSTOMERS = """
SELECT id AS customer_id, id AS name, 'DE' AS country, NULL AS industry, NULL AS legal_form,
  FALSE AS is_natural_person, NULL AS founded_on, since AS onboarded_on, NULL AS parent_id, 'EUR' AS currency
FROM clients
"""
ATTRIBUTES = (
    "SELECT id AS customer_id, since AS known_on, staff AS employees, NULL AS region FROM clients"
)
CSV = "id,since,staff,paid,owed\nA1,2020-05-01,7,03.02.2024,1.50\nA0,2021-05-01,,04.02.2024,2.25\n"


class Project:
    """A portfolio on one CSV file, whose SELECTs a test changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mapping = folder / "sme"
        self.mapping.mkdir()
        (folder / "extract").mkdir()
        self.file("clients.csv", CSV)
        self.select("customers", CUSTOMERS)
        self.select("attributes", ATTRIBUTES)
        self.options: dict[str, Any] = {}

    def file(self, name: str, text: str) -> None:
        (self.folder / "extract" / name).write_text(text, encoding="utf-8")

    def select(self, table: str, sql: str) -> None:
        (self.mapping / f"{table}.sql").write_text(sql, encoding="utf-8")

    def portfolio(self) -> PortfolioConfig:
        source = {
            "kind": "files",
            "folder": str(self.folder / "extract"),
            "files": {"clients": {"path": "clients.csv", **self.options}},
        }
        return PortfolioConfig.model_validate({**PORTFOLIO.model_dump(), "source": source})

    def ingest(self, threads: int = 1) -> dict[str, Any]:
        portfolio = self.portfolio()
        assert portfolio.source.kind == "files"
        out, scratch = self.folder / "raw", self.folder / "scratch"
        out.mkdir(exist_ok=True)
        scratch.mkdir(exist_ok=True)
        with connect(EngineConfig(threads=threads)) as connection:
            open_files(connection, portfolio.source, portfolio.complete_until, scratch)
            return extract(connection, read_selects(self.mapping, portfolio), out)

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(
            self.folder / "raw" / f"{table}.parquet"
        ).to_pylist()
        return rows

    def fails(self, kind: type[BonitasError]) -> str:
        with pytest.raises(kind) as error:
            self.ingest()
        return str(error.value)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_select_delivers_the_contract_sorted_by_grain(project: Project) -> None:
    facts = project.ingest()
    assert list(facts) == ["customers", "attributes"]
    assert facts["customers"]["rows"] == 2
    assert [row["customer_id"] for row in project.rows("customers")] == ["A0", "A1"]
    schema = pq.read_schema(project.folder / "raw" / "attributes.parquet")
    # staff was read as an integer and region is NULL: both take the declared type
    assert [str(field.type) for field in schema] == ["string", "date32[day]", "double", "string"]
    assert [row["employees"] for row in project.rows("attributes")] == [None, 7.0]


def test_the_same_rows_give_the_same_bytes_on_any_number_of_threads(project: Project) -> None:
    # more rows than one row group, in no order, some of them with a repeated key
    project.select(
        "customers",
        CUSTOMERS.replace("id AS customer_id", "id || (n * 7919) % 150000 AS customer_id")
        .replace("id AS name", "'N' || n AS name")
        .replace("FROM clients", "FROM clients, range(150001) AS r(n)"),
    )
    digests = {project.ingest(threads)["customers"]["sha256"] for threads in (1, 2, 4)}
    assert len(digests) == 1
    assert pq.read_metadata(project.folder / "raw" / "customers.parquet").num_row_groups == 3
    # the two rows of a key come in the order of what follows it
    shown = [(row["customer_id"], row["name"]) for row in project.rows("customers")]
    assert shown == sorted(shown)
    assert shown[:2] == [("A00", "N0"), ("A00", "N150000")]


def test_a_comment_and_a_semicolon_may_follow(project: Project) -> None:
    project.select("attributes", ATTRIBUTES + "; -- the end")
    assert project.ingest()["attributes"]["rows"] == 2


def test_a_missing_column_is_named_with_table_file_and_next_step(project: Project) -> None:
    project.select("customers", CUSTOMERS.replace("'DE' AS country,", ""))
    message = project.fails(ContractError)
    assert "The SELECT of customers lacks country." in message
    assert f"customers.country in {project.mapping / 'customers.sql'}" in message
    assert "Add country to the SELECT (ISO 3166-1 alpha-2)." in message


def test_a_missing_nullable_column_may_be_null(project: Project) -> None:
    project.select("customers", CUSTOMERS.replace("NULL AS industry,", ""))
    assert "NULL AS industry if the source has none" in project.fails(ContractError)


def test_an_unknown_column_is_named(project: Project) -> None:
    project.select("customers", CUSTOMERS.replace("SELECT", "SELECT 1 AS vip,"))
    message = project.fails(ContractError)
    assert "delivers vip, which the contract does not know" in message
    assert "Remove it from the SELECT. Contract: customer_id, name" in message


def test_an_undeclared_attribute_is_named(project: Project) -> None:
    project.select("attributes", ATTRIBUTES.replace("SELECT", "SELECT paid,"))
    assert "or declare it under `attributes`" in project.fails(ContractError)


def test_a_declared_attribute_that_is_not_delivered_is_named(project: Project) -> None:
    project.select("attributes", ATTRIBUTES.replace(", NULL AS region", ""))
    assert "The SELECT of attributes lacks region." in project.fails(ContractError)


def test_a_wrong_type_says_found_wanted_and_the_sql(project: Project) -> None:
    project.select("customers", CUSTOMERS.replace("since AS onboarded_on", "paid AS onboarded_on"))
    message = project.fails(ContractError)
    assert "A column is VARCHAR; the contract wants day." in message
    assert "customers.onboarded_on in" in message
    assert "day(paid, '%d.%m.%Y')" in message
    # the advice works
    project.select(
        "customers",
        CUSTOMERS.replace("since AS", "CAST(strptime(paid, '%d.%m.%Y') AS DATE) AS"),
    )
    project.ingest()
    assert str(project.rows("customers")[0]["onboarded_on"]) == "2024-02-04"


def test_a_value_that_cannot_be_converted_is_shown(project: Project) -> None:
    project.select(
        "customers",
        CUSTOMERS.replace("since AS", "CAST(strptime(paid, '%m.%d.%Y') AS DATE) AS"),
    )
    project.file("clients.csv", CSV.replace("03.02.2024", "31.01.2024"))
    message = project.fails(SourceError)
    assert '"31.01.2024"' in message
    assert "customers.sql" in message


def test_a_timestamp_is_a_day_only_at_midnight(project: Project) -> None:
    project.select("customers", CUSTOMERS.replace("since AS", "CAST(since AS TIMESTAMP) AS"))
    project.ingest()
    project.select("customers", CUSTOMERS.replace("since AS", "since + INTERVAL 90 MINUTE AS"))
    assert "onboarded_on is not at midnight: 2020-05-01 01:30:00" in project.fails(SourceError)


def test_a_syntax_error_shows_the_place(project: Project) -> None:
    project.select("customers", CUSTOMERS.replace("FROM", "FORM"))
    message = project.fails(SourceError)
    assert 'syntax error at or near "FORM"' in message
    assert str(project.mapping / "customers.sql") in message


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT ident FROM clients", "ident"),
        ("SELECT id FROM client", "client"),
        ("SELECT shout(id) FROM clients", "shout"),
    ],
)
def test_an_unknown_name_is_shown(project: Project, sql: str, shown: str) -> None:
    project.select("customers", sql)
    assert shown in project.fails(SourceError)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "CREATE TABLE x AS SELECT 1",
        "COPY clients TO 'x.csv'",
        "SET threads = 9",
    ],
)
def test_a_mapping_is_one_select(project: Project, sql: str) -> None:
    project.select("customers", sql)
    assert "A mapping is one SELECT, nothing else." in project.fails(SourceError)


def test_a_select_cannot_read_files_the_yaml_does_not_list(project: Project) -> None:
    project.file("secret.csv", "id\n1\n")
    secret = project.folder / "extract" / "secret.csv"
    for reader in (f"'{secret}'", f"read_csv('{secret}')", f"read_text('{secret}')"):
        project.select("customers", CUSTOMERS.replace("FROM clients", f"FROM {reader}"))
        assert "reads only the relations listed under `source`" in project.fails(SourceError)


def test_a_table_without_rows_says_what_to_remove(project: Project) -> None:
    project.select("attributes", ATTRIBUTES + " WHERE FALSE")
    message = project.fails(ContractError)
    assert "The table attributes has no rows." in message
    assert "remove the .sql file if the portfolio has no such table" in message


def test_a_file_named_after_no_table_gives_the_nearest(project: Project) -> None:
    project.select("invoice", "SELECT 1")
    message = project.fails(ConfigError)
    assert "Unknown table 'invoice'." in message
    assert "Did you mean 'invoices'?" in message


def test_customers_are_required(project: Project) -> None:
    (project.mapping / "customers.sql").unlink()
    assert "No table of customers is delivered." in project.fails(ContractError)


def test_evidence_is_required(project: Project) -> None:
    (project.mapping / "attributes.sql").unlink()
    project.select("invoices", "SELECT 1")
    assert "invoices and payments or financials or attributes" in project.fails(ContractError)


def test_a_table_needs_the_table_it_refers_to(project: Project) -> None:
    project.select("disputes", "SELECT 1")
    assert "disputes refers to invoices, which is not delivered" in project.fails(ContractError)


def test_declared_attributes_need_a_select(project: Project) -> None:
    (project.mapping / "attributes.sql").unlink()
    project.select("financials", "SELECT 1")
    assert "Attributes are declared in the yaml but not delivered." in project.fails(ConfigError)


@pytest.mark.parametrize("names", [("known_on",), ("value",), ("age", "age")])
def test_the_name_of_an_attribute_may_be_taken(project: Project, names: tuple[str, ...]) -> None:
    attribute = PORTFOLIO.attributes[0]
    portfolio = project.portfolio().model_copy(
        update={"attributes": tuple(attribute.model_copy(update={"name": name}) for name in names)}
    )
    with pytest.raises(ConfigError, match=f"taken: {names[-1]}"):
        read_selects(project.mapping, portfolio)


def test_a_mapping_in_another_encoding_is_named(project: Project) -> None:
    (project.mapping / "customers.sql").write_bytes("SELECT 'Müller'".encode("latin-1"))
    assert "The file is not UTF-8 text." in project.fails(ConfigError)


def test_every_misfit_of_every_table_is_named_at_once(project: Project) -> None:
    """With the column of the source, its values, and what to write; after it is written the run passes."""
    project.file(
        "clients.csv",
        "id,since,staff,paid,owed\nA1,31.05.2020,7,03.02.2024,1.50\nA0,01.06.2021,n,04.02.2024,2.25\n",
    )
    text = project.fails(ContractError)
    assert "3 things keep the SELECTs from delivering what the contract wants." in text
    assert "customers.onboarded_on" in text
    assert "attributes.known_on" in text
    assert "attributes.employees" in text
    assert text.count("day(since, '%d.%m.%Y')") == 2
    assert "Some values are no figures" in text
