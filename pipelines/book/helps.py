"""What would help single customers: decisions propose, features count, the model answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from contracts.config.engine import EngineConfig
from contracts.documents.levers import Helps
from contracts.files import read_json
from decisions.levers.answers import helps
from decisions.levers.cases import cases
from decisions.levers.proposals import proposals
from features.catalog import chosen
from features.variants.day import day_of
from features.variants.recomputed import recomputed
from models.base.data import ModelContract
from models.boosting.booster import load
from models.calibration import calibrators
from pipelines import paths
from pipelines.settings import Settings

Engine = tuple[BaseBackend, Mapping[str, ir.Table]]
Files = tuple[Mapping[str, Path], Collection[str]]


def helped(
    settings: Settings,
    ids: Sequence[str],
    on: tuple[Engine, Files, EngineConfig],
    ledger: tuple[pd.DataFrame, pd.DataFrame],
    book: tuple[date, pd.DataFrame],
) -> dict[str, Helps]:
    """What would help these customers, by the model of this run; empty where none is at hand.

    Args:
        settings: the run's.
        ids: customers with a score.
        on: the engine that holds their tables, the files of these and the names of those delivered, and how to open more.
        ledger: their open items and open credits.
        book: the day of decision, and the master records of all customers.
    """
    if not ids or not paths.BOOSTER.is_file() or not paths.MATRIX.is_file():
        return {}
    (con, tables), files, engine = on
    as_of, masters = book
    portfolio, scale, config = settings.portfolio, settings.params.scale, settings.params.features
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    asked = cases(ids, files, ledger, (as_of, portfolio.reporting_currency), engine)
    tried = [proposals(one) for one in asked]
    industry = dict(zip(masters["customer_id"], masters["industry"], strict=True))
    features = chosen(config, tables, portfolio)
    rows = recomputed(
        con,
        tables,
        [proposal.booked for some in tried for proposal in some],
        (day_of(con, paths.MATRIX, as_of, ids, features), industry),
        (portfolio, config),
        contract.names,
    )
    margin = load(paths.BOOSTER.parent, contract).margin(rows)
    chance = calibrators.from_json(read_json(paths.CALIBRATOR)).apply(margin)
    found, start = {}, 0
    for one, some in zip(asked, tried, strict=True):
        own = chance[start : start + len(some)]
        found[one.customer_id] = helps(some, own, scale, one.statement)
        start += len(some)
    return found
