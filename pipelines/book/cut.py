"""The valid tables cut to some customers, as a folder of the same files: whatever reads a book reads this one as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts.config.engine import EngineConfig
from contracts.duck import connect, literal, quoted

SHARED = ("fx_rates",)
"""Tables that belong to nobody: taken whole."""
OF_INVOICES = ("payments", "disputes")
"""Tables whose rows name an invoice, not a customer."""


def cut(
    tables: Mapping[str, Path], ids: Sequence[str], folder: Path, engine: EngineConfig
) -> dict[str, Path]:
    """Writes the rows of these customers, and returns the files by table name.

    Args:
        tables: Parquet file of each valid table that is delivered.
        ids: the customers.
        folder: where to.
        engine: threads and memory.
    """
    order = sorted(tables, key=lambda name: name in OF_INVOICES)  # invoices before what names them
    with connect(engine) as connection:
        connection.execute("CREATE TEMP TABLE wanted AS SELECT unnest($ids) AS customer_id", {"ids": list(ids)})  # fmt: skip
        for name in order:
            rows = f"SELECT * FROM read_parquet({literal(str(tables[name]))}) t"  # noqa: S608 - quoted
            rows += _condition(name, "invoices" in tables)
            connection.execute(f"CREATE TEMP TABLE {quoted(name)} AS {rows}")
            target = literal(str(folder / f"{name}.parquet"))
            connection.execute(f"COPY {quoted(name)} TO {target} (FORMAT parquet)")
    return {name: folder / f"{name}.parquet" for name in tables}


def _condition(name: str, has_invoices: bool) -> str:  # noqa: FBT001 - one caller
    own = "t.customer_id IN (SELECT customer_id FROM wanted)"
    on_item = "t.invoice_id IN (SELECT invoice_id FROM invoices)"
    if name in SHARED:
        return ""
    if name not in OF_INVOICES:
        return f" WHERE {own}"
    parts = [on_item] if has_invoices else []
    if name == "payments":
        parts.append(f"(t.invoice_id IS NULL AND {own})")
    return f" WHERE {' OR '.join(parts) or 'false'}"
