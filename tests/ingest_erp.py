"""A small ERP in PostgreSQL, and ways to copy relations from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from contracts.config.source import DatabaseSource
from contracts.errors import SourceError
from sources.databases.relations import copy_relations
from tests.ingest_servers import ENCODED, PASSWORD, Server
from tests.sources_sme import Sme

URL = "SME_DATABASE_URL"


def source(**relations: Any) -> DatabaseSource:
    return DatabaseSource.model_validate(
        {"kind": "database", "url_variable": URL, "relations": relations}
    )


def copied(url: str, folder: Path, **relations: Any) -> dict[str, pa.Table]:
    """The relations as they arrive."""
    copy_relations(source(**relations), SecretStr(url), folder, {})
    return {key: pq.read_table(folder / f"{key}.parquet") for key in relations}


def fails(url: str | None, folder: Path, **relations: Any) -> str:
    with pytest.raises(SourceError) as error:
        copy_relations(source(**relations), None if url is None else SecretStr(url), folder, {})
    message = str(error.value)
    assert error.value.__cause__ is None or "postgresql" not in str(error.value.__cause__)
    for secret in (PASSWORD, ENCODED, "p@ss"):
        assert secret not in message
    return message


def load_sme(server: Server, database: str) -> None:
    """The tables of tests/sources_sme.py as an ERP would hold them."""
    server.run(
        "CREATE SCHEMA erp",
        "CREATE TABLE erp.clients (no text, name text, since text)",
        "INSERT INTO erp.clients VALUES ('K1','Ada GmbH','2020-01-01'), ('K2','Bo AG','2021-01-01')",
        'CREATE TABLE erp."Open Items" (doc text, client text, issued date, due date, amount numeric(15,2), paid date)',
        """INSERT INTO erp."Open Items" VALUES ('R1','K1','2024-01-10','2024-02-09',100.50,'2024-02-01'),
           ('R2','K1','2024-02-10','2024-03-11',200.00,'2024-03-20'), ('R3','K2','2024-03-10','2024-04-09',300.25,'2024-04-01')""",
        database=database,
    )


RELATIONS = """source:
  kind: database
  url_variable: SME_DATABASE_URL
  relations:
    clients: {table: erp.clients}
    open_items: {query: 'SELECT * FROM erp."Open Items" -- all of them'}
default:"""


def use_database(sme: Sme) -> None:
    """The portfolio's source is the database; its SELECTs stay."""
    text = (sme.folder / "configs/portfolios/sme.yaml").read_text(encoding="utf-8")
    start, end = text.index("source:"), text.index("default:")
    sme.write(
        "configs/portfolios/sme.yaml", text[:start] + RELATIONS + text[end + len("default:") :]
    )
