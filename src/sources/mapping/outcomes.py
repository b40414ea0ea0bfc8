"""Whether the delivered tables can say who defaulted, asked before anything is read: no later stage could mend it."""

from __future__ import annotations

from pathlib import Path

from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError
from contracts.tables.raw import missing_evidence

WAY = "docs/ledgers.md, VAT invoices without payments"
NOBODY = "which may hold no row (WHERE FALSE): nobody defaulted, and the run makes the expert score (docs/few-defaults.md)"


def refuse_without_outcomes(folder: Path, portfolio: PortfolioConfig) -> None:
    """Looks at which SELECTs there are.

    Args:
        folder: `configs/portfolios/<name>/`, one `<table>.sql` per delivered table.
        portfolio: its definition of default.

    Raises:
        ContractError: the definition needs a table that has no SELECT.
    """
    preset, needed = portfolio.default.preset, portfolio.default.needs
    delivered = {path.stem for path in folder.glob("*.sql")}
    absent = [name for name in needed if name not in delivered]
    if not absent:
        return
    events = f"{folder / 'events.sql'}, {NOBODY}."
    step = f"Write {events}"
    if "events" not in needed:
        files = " and ".join(str(folder / f"{name}.sql") for name in absent)
        step = f"Write {files}; or set the preset events_only, and write {events}"
        if missing_evidence(frozenset(delivered)):
            step += f" Without {' and '.join(absent)} there is nothing else to judge a customer on: then write attributes.sql as well, such as what each was billed ({WAY})."
    elif {"invoices", "payments"} <= delivered:
        step += " Or choose a preset of the ledger, such as irb_90dpd."
    are = "is" if len(absent) == 1 else "are"
    raise ContractError(
        f"By the preset {preset} nobody can be said to have defaulted, or not: {' and '.join(absent)} {are} not delivered.",
        where=f"{folder}.yaml > default > preset",
        value=f"{preset}; delivered: {', '.join(sorted(delivered))}",
        next_step=step,
    )
