"""Champion against challenger: what one version would change in the place of another, from the registry and today's data."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from contracts.documents.promotion import Agreement, Promotion
from contracts.documents.swap import Swap
from contracts.errors import RegistryError
from contracts.tables.derived import KEY, MATRIX
from contracts.tables.ledger import POSITION, TRADING
from contracts.tables.raw import CUSTOMERS, RAW_TABLES
from contracts.tables.store import read_table, table_paths
from decisions.facts.book import Book, Facts, days_to_score, gather
from decisions.rating import rate
from decisions.swap import Why, swap
from models.comparison.comparison import Asked
from models.explanation.peers import industries
from models.promotion.advice import Evidence, advise
from models.promotion.agreement import agreement, drivers
from models.promotion.contender import Contender, Told, explained
from models.promotion.duel import Budget, duel, tested
from models.registry.beside import Beside
from models.registry.champion import Champion
from models.registry.evidence import gates_of
from models.registry.registry import Registry
from models.registry.rows import ROWS, tags_of, trained
from pipelines import paths
from pipelines.registered.outcome import contracted
from pipelines.registered.runs import refuse_other_outcomes, registered
from pipelines.settings import Settings

WHERE = "bonitas pack"


Speeds = Mapping[str, float]
"""Rows a second, explained, by version. It is no part of the document, which is the same on any machine."""


def promotion(settings: Settings, registry: Registry, which: str) -> tuple[Promotion, Speeds]:
    """The document, and how fast either was.

    Args:
        settings: of the decisions, the margin and the intervals.
        registry: of the portfolio.
        which: the challenger's number or alias.

    Raises:
        RegistryError: there is no champion, no such version, or it is the champion itself.
        ConfigError: the two do not mean the same by a default.
    """
    params = settings.params
    pair = _contenders(registry, which)
    matrix = read_table(paths.MATRIX, MATRIX)
    columns = list(matrix.columns)
    kept = _kept(registry, [one.version.version for one in pair])
    both = tested(pair, (_rows(kept[0]), _rows(kept[1])), matrix)
    log = registry.log.read()
    budget = Budget(params.register_.margin, log.spent, params.register_.significance)
    champion, challenger = (one.document(columns) for one in pair)
    speeds: dict[str, float] = {}
    is_rated = not champion.lacking and not challenger.lacking
    told = _told(settings, pair, matrix, speeds) if is_rated else None
    decided = log.about(challenger.number)
    is_rejected = decided is not None and decided.kind == "rejected"
    evidence = Evidence(
        champion,
        challenger,
        None if both is None else duel(both, params.evaluate, budget),
        None if told is None else told[0],
        None if told is None else told[1],
        decided.told if decided and is_rejected else None,
    )
    advice, reasons = advise(evidence)
    document = Promotion(
        portfolio=settings.name,
        horizon_months=settings.portfolio.horizon_months,
        currency=settings.portfolio.reporting_currency,
        confidence=params.evaluate.confidence,
        champion=champion,
        challenger=challenger,
        advice=advice,
        reasons=reasons,
        duel=evidence.duel,
        agreement=evidence.agreement,
        swap=evidence.swap,
    )
    return document, speeds


def _contenders(registry: Registry, which: str) -> tuple[Contender, Contender]:
    champion, challenger = registry.required_champion(), registry.asked(which)
    if champion.version == challenger.version:
        raise RegistryError(
            f"Version {champion.version} is the champion itself: there is nothing to weigh it against.",
            where=registry.name,
            value=which,
            next_step="Name another version: `bonitas pack challenger`, or a number that `bonitas history` or MLflow's page shows.",
        )
    _same_question(champion, challenger)
    one, other = (_contender(registry, version) for version in (champion, challenger))
    return one, other


def _contender(registry: Registry, version: Champion) -> Contender:
    tags = tags_of(registry, version.version)
    return Contender(version, tags, gates_of(registry, version.version))


def _same_question(champion: Champion, challenger: Champion) -> None:
    """Raises RegistryError where the two predict different outcomes."""
    mine, theirs = contracted(champion), contracted(challenger)
    if field := mine.differs(theirs):
        raise RegistryError(
            f"Versions {champion.version} and {challenger.version} do not predict the same outcome: their {field} differs.",
            where=champion.name,
            value=f"{mine.said(field)}; {theirs.said(field)}",
            next_step="Their PDs cannot be weighed against each other. A person decides which outcome matters, and promotes by name.",
        )


def _kept(registry: Registry, numbers: Sequence[str]) -> list[Asked | None]:
    """The test rows of versions, of one question; None of a version that keeps none, or whose run was deleted for good."""
    runs = [
        registered(registry, f"version {number}", number) if _keeps(registry, number) else None
        for number in numbers
    ]
    recorded = [one for one in runs if one is not None and one.lock]
    if len(recorded) == len(numbers):
        refuse_other_outcomes(recorded, where=WHERE)
    return runs


def _keeps(registry: Registry, number: str) -> bool:
    of = trained(registry, number)
    return ROWS in tags_of(registry, of) and not Beside(registry, of).is_purged


def _rows(run: Asked | None) -> pd.DataFrame | None:
    return None if run is None else run.rows


def _told(
    settings: Settings,
    pair: tuple[Contender, Contender],
    matrix: pd.DataFrame,
    speeds: dict[str, float],
) -> tuple[Agreement, Swap]:
    """Agreement of reasons, and the swap set, on the newest book; notes the speeds."""
    days = days_to_score(matrix["as_of"])
    rows = matrix[matrix["as_of"] == days[0]]
    rows = rows.sort_values("customer_id", kind="stable", ignore_index=True)
    customers = read_table(paths.VALID / "customers.parquet", CUSTOMERS)
    industry = dict(zip(customers["customer_id"], customers["industry"], strict=True))
    whose = industries(rows, industry)
    scale = settings.params.scale
    told = []
    for one in pair:
        started = time.perf_counter()
        told.append(one.told(rows, whose, scale))
        speeds[one.version.version] = len(rows) / (time.perf_counter() - started)
    words = [one.wording() for one in pair]
    ideas = [{name: one.subject for name, one in own.items()} for own in words]
    both = words[0] | words[1]
    why = {
        str(customer): Why(*drivers(told[0], told[1], place, both))
        for place, customer in enumerate(rows["customer_id"])
    }
    # the earlier day that the position was computed for, too; nobody's PD of then is asked for
    earlier = matrix.loc[matrix["as_of"].isin(days[1:]), list(KEY)].assign(pd=np.nan)
    ratings, facts = _ratings(settings, rows, told, earlier)
    return agreement(told[0], told[1], (ideas[0], ideas[1])), swap(
        ratings,
        customers,
        facts,
        why,
        n_grades=scale.n_grades,
        is_same_scale=all(one.scale == scale for one in pair),
    )


def _ratings(
    settings: Settings, rows: pd.DataFrame, told: Sequence[Told], earlier: pd.DataFrame
) -> tuple[tuple[pd.DataFrame, pd.DataFrame], Facts]:
    """The decisions that follow from either, on the same facts."""
    params, portfolio = settings.params, settings.portfolio
    position, trading = read_table(paths.POSITION, POSITION), read_table(paths.TRADING, TRADING)
    books = []
    for one in told:
        points, reasons = explained(one, rows)
        books.append(
            Book(
                pd.concat([rows[list(KEY)].assign(pd=one.pd), earlier], ignore_index=True),
                points,
                reasons,
                table_paths(paths.VALID, RAW_TABLES),
                portfolio.reporting_currency,
                position,
                trading,
                portfolio.attributes,
            )
        )
    facts = gather(books[0], params.rate.statement_months, params.engine, event_months=params.rate.event_months)  # fmt: skip
    before, after = (rate(book, params.scale, params.rate, facts=facts) for book in books)
    return (before, after), facts
