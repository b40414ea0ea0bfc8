"""Position and trading record from one reading of the ledger: to settle it is most of what either costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from contracts.config.portfolio import PortfolioConfig
from contracts.resources import within_memory
from features.matrix import position, trading
from features.matrix.asked import answered


@within_memory()
def position_and_trading(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    days: Sequence[date],
) -> tuple[pa.Table, pa.Table]:
    """What `position.position` and `trading.trading` give, to the byte; arguments and errors are theirs."""
    questions = [position.question(days), trading.question(days)]
    owed, traded = answered(con, tables, portfolio, questions) or (None, None)
    code = portfolio.reporting_currency
    return position.told(con, tables, portfolio, owed), trading.told(code, traded)
