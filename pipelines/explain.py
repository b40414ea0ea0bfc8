"""Says why each customer of the latest book has its score: points per feature, and reasons in plain words."""

from __future__ import annotations

from contracts.documents.checks import Checks
from contracts.files import read_json, whole_folder, write_json
from contracts.tables import store
from contracts.tables.by_day import by_day
from contracts.tables.derived import EXPLANATIONS, KEY, LINEAGE, MATRIX, PARTITION, REASONS_TABLE
from contracts.tables.history import MOVEMENTS
from contracts.tables.raw import CUSTOMERS, FINANCIALS
from contracts.tables.store import read_optional, read_table, write_table
from models.base.data import ModelContract
from models.boosting.booster import load
from models.explanation.explanation import Known
from models.explanation.explanation import explain as explained_book
from models.explanation.explanation_page import page
from models.explanation.history import Books
from models.explanation.movements import document, movement_rows
from models.explanation.needed import needed, newest_days
from pipelines import paths
from pipelines.run.stated import rests_on
from pipelines.settings import Settings


def explain(settings: Settings) -> str:
    """The latest cohort's points and reasons, the model's wording, and what the page about them is made of."""
    params = settings.params
    matured = read_table(paths.PARTITION, PARTITION).dropna(subset="defaulted")
    keys = read_table(paths.MATRIX, MATRIX, columns=KEY)
    days = newest_days(keys, params.explain.history)
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    customers = read_table(paths.VALID / "customers.parquet", CUSTOMERS, columns=["customer_id", "name", "industry"])  # fmt: skip
    ids = customers["customer_id"]
    statements = read_optional(paths.VALID / "financials.parquet", FINANCIALS, columns=["customer_id", "published_on"])  # fmt: skip
    with whole_folder(paths.HISTORY) as folder, by_day(paths.MATRIX, MATRIX, days, paths.SPILL, needed(keys, matured)) as apart:  # fmt: skip
        known = Known(matured.merge(apart.rows, on=KEY, validate="one_to_one"), dict(zip(ids, customers["industry"], strict=True)), statements)  # fmt: skip
        found = explained_book(
            Books(days, apart.day),
            known,
            read_table(paths.LINEAGE, LINEAGE),
            (load(paths.BOOSTER.parent, contract), read_json(paths.CALIBRATOR)),
            (params.explain, params.scale, settings.portfolio.reporting_currency),
            lambda day, rows: store.write_arrow(rows, folder / f"{day}.parquet"),
        )
    stopping, names = Checks.read(paths.CHECKS).stopping(), dict(zip(ids, customers["name"], strict=True))  # fmt: skip
    stated = {"rests_on": rests_on()}
    shown = page(found, params.scale, settings.name, names, gates_not_passed=stopping).model_copy(update=stated)  # fmt: skip
    book_moved = document(found.moved, shown.as_of, settings.name, names, gates_not_passed=stopping)
    store.write_parts(found.explanations(), paths.EXPLANATIONS, EXPLANATIONS)
    write_table(found.reasons, paths.SCORED_REASONS, REASONS_TABLE)
    store.write_parts(movement_rows(found.moved), paths.MOVEMENTS, MOVEMENTS)
    write_json(paths.REASONS, found.reasons_json())
    shown.write(paths.EXPLANATIONS_JSON)
    book_moved.model_copy(update=stated).write(paths.MOVEMENTS_JSON)
    return f"{len(found.book):,} customers x {len(found.features)} features, {len(found.reasons):,} reasons, {len(found.groups)} groups of correlated features"  # fmt: skip
