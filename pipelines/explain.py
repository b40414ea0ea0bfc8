"""Says why each customer of the latest book has its score: points per feature, and reasons in plain words."""

from __future__ import annotations

from contracts.documents.checks import Checks
from contracts.files import read_json, write_json
from contracts.tables.derived import EXPLANATIONS, KEY, LINEAGE, MATRIX, PARTITION, REASONS_TABLE
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table, write_table
from models.base.data import ModelContract
from models.boosting.booster import load
from models.explanation.explanation import Known
from models.explanation.explanation import explain as explained_book
from models.explanation.explanation_page import page
from pipelines import paths
from pipelines.settings import Settings


def explain(settings: Settings) -> str:
    """The latest cohort's points and reasons, the model's wording, and what the page about them is made of."""
    params = settings.params
    matrix = read_table(paths.MATRIX, MATRIX)
    partition = read_table(paths.PARTITION, PARTITION)
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    known = partition[partition["defaulted"].notna()]
    customers = read_table(
        paths.VALID / "customers.parquet", CUSTOMERS, columns=["customer_id", "name", "industry"]
    )
    ids = customers["customer_id"]
    found = explained_book(
        matrix,
        Known(
            known.merge(matrix, on=KEY, validate="one_to_one"),
            dict(zip(ids, customers["industry"], strict=True)),
        ),
        read_table(paths.LINEAGE, LINEAGE),
        (load(paths.BOOSTER.parent, contract), read_json(paths.CALIBRATOR)),
        (params.explain, params.scale, settings.portfolio.reporting_currency),
    )
    stopping = Checks.read(paths.CHECKS).stopping()
    shown = page(
        found,
        params.scale,
        settings.name,
        dict(zip(ids, customers["name"], strict=True)),
        gates_not_passed=stopping,
    )
    write_table(found.explanations(), paths.EXPLANATIONS, EXPLANATIONS)
    write_table(found.reasons, paths.SCORED_REASONS, REASONS_TABLE)
    write_json(paths.REASONS, found.reasons_json())
    shown.write(paths.EXPLANATIONS_JSON)
    return (
        f"{len(found.book):,} customers x {len(found.features)} features, "
        f"{len(found.reasons):,} reasons, {len(found.groups)} groups of correlated features"
    )
