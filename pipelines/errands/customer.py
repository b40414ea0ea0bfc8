"""Makes the page of one customer from what lies on disk: `bonitas customer <number>`."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import duckdb

from contracts.config.engine import EngineConfig
from contracts.duck import connect
from contracts.errors import ConfigError
from contracts.files import absent, write_text
from pipelines import paths
from pipelines.book.dossiers import gathered
from pipelines.settings import Settings
from reports.customers import PAGE, page
from reports.frame.files import customer_file

CUSTOMERS = paths.VALID / "customers.parquet"
ASKED = Path("reports/asked")
"""Where pages that were asked for lie: what a stage of DVC writes is the stage's own, and stays as it was."""
NEAR = 5
"""Numbers and names that are suggested where one is not found."""


def customer(
    settings: Settings,
    asked: str,
    *,
    folder: Path = ASKED,
    is_opened: bool = False,
    since: str | None = None,
) -> str:
    """Writes the page of the customer of this number, and opens it where asked.

    Args:
        settings: name the portfolio and its registry.
        asked: the customer's number.
        folder: where the page is written; made where absent.
        is_opened: in a browser.
        since: a version; the page then says how much of the score is the new model's, calibration's and scale's.

    Raises:
        ConfigError: there is no such customer (the nearest numbers and names are told), or the folder is a stage's.
        ContractError: a stage before has not run, or the version reads a feature that the matrix lacks.
        RegistryError: there is no such version.
    """
    one = _found(asked, settings.params.engine)
    document = gathered(settings, (one,))
    shown = document.customers[0]
    if since is not None:
        from pipelines.registered.versions import since_version  # noqa: PLC0415 - MLflow takes seconds to import

        shown = shown.model_copy(update={"since_version": since_version(settings, one, since)})
    if folder.resolve() == Path(PAGE.file).resolve():
        raise ConfigError(
            "The pages in this folder are an output of the pipeline; one more would make it run again.",
            where="--to",
            value=str(folder),
            next_step=f"Name another folder; without --to it is {ASKED}.",
        )
    path = folder / customer_file(one)
    write_text(path, page(document, shown))
    if is_opened:
        webbrowser.open(path.resolve().as_uri())
    no_score = shown.no_score
    if no_score is None:
        return str(path)
    on = "" if no_score.on is None else f", {no_score.on}"
    return f"{path}: it has no score ({no_score.why.replace('_', ' ')}{on})"


def _found(asked: str, engine: EngineConfig) -> str:
    """The number asked for, if there is a customer of it."""
    if not CUSTOMERS.is_file():
        raise absent(CUSTOMERS)
    with connect(engine) as connection:
        connection.read_parquet(str(CUSTOMERS)).create_view("customers")
        if connection.execute(_IS, {"asked": asked}).fetchone():
            return asked
        raise _unknown(connection, asked)


def _unknown(connection: duckdb.DuckDBPyConnection, asked: str) -> ConfigError:
    near = connection.execute(_NEAR, {"asked": asked, "most": NEAR}).fetchall()
    (n,) = connection.execute("SELECT count(*) FROM customers").fetchall()[0]
    shown = ", ".join(f"{one} ({name})" if name else str(one) for one, name in near)
    none = f"{n:,} customers are known; give the number of one, as in customer_id."
    return ConfigError(
        "There is no customer of this number.",
        where=str(CUSTOMERS),
        value=asked,
        next_step=f"Nearest of {n:,}: {shown}." if near else none,
    )


_IS = "SELECT 1 FROM customers WHERE customer_id = $asked"
# a number mistyped, one without its leading zeros, or a name instead of a number
_NEAR = """
WITH wanted AS (SELECT upper(trim($asked)) AS number, lower(trim($asked)) AS words),
known AS (SELECT customer_id, name, upper(customer_id) AS number, lower(coalesce(name, '')) AS words FROM customers)
SELECT customer_id, name FROM (
    SELECT k.customer_id, k.name,
        greatest(
            jaro_winkler_similarity(w.number, k.number),
            jaro_winkler_similarity(w.words, k.words),
            CASE WHEN length(w.number) > 0 AND ends_with(k.number, w.number) THEN 0.97 ELSE 0 END,
            CASE WHEN length(w.words) > 2 AND contains(k.words, w.words) THEN 0.98 ELSE 0 END,
            CASE WHEN regexp_replace(w.number, '(^|[^0-9])0+', '\\1') = regexp_replace(k.number, '(^|[^0-9])0+', '\\1')
                THEN 0.99 ELSE 0 END
        ) AS alike
    FROM known k CROSS JOIN wanted w
) WHERE alike >= 0.75 ORDER BY alike DESC, customer_id LIMIT $most
"""
