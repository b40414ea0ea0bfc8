"""Features in a notebook: a matrix of the validated tables, for any customers and days, in three lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import chdir
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import ibis.expr.types as ir
import pandas as pd

from contracts.config.base import parse
from contracts.config.params import FeaturesConfig, Params
from contracts.errors import ConfigError, ContractError
from contracts.files import read_json
from contracts.raw import portfolio_tables
from contracts.store import table_paths
from features.catalog import select
from features.cohort import decision_days
from features.engine import connect, load
from features.matrix import build, lineage
from pipelines import ROOT, paths
from pipelines.settings import load_portfolio, read_yaml

Day = str | date


class Portfolio:
    """The validated tables of a portfolio, to compute features from. It writes nothing.

    Args:
        name: of `configs/portfolios/<name>.yaml`; `data/valid` must hold its tables.
        folder: the project's folder; where missing, the one this code lies in, whatever the working directory.

    Raises:
        ConfigError: an unknown portfolio, or `data/valid` is of another one.
        ContractError: nothing has been validated yet.
    """

    def __init__(self, name: str, folder: Path = ROOT) -> None:
        self._folder = folder
        with chdir(folder):
            self._params = parse(Params, read_yaml(paths.PARAMS), where=str(paths.PARAMS))
            self._portfolio = load_portfolio(name)
            self._delivered = table_paths(paths.VALID, portfolio_tables(self._portfolio))
            _refuse_another(name, self._delivered)

    def features(self) -> pd.DataFrame:
        """What can be built from the tables there are: the declaration of each feature, by name."""
        config = self._config()
        found = select(config, self._delivered, self._portfolio.attributes)
        frame: pd.DataFrame = lineage(found).to_pandas()
        return frame.drop(columns="position").set_index("feature")

    def matrix(  # noqa: PLR0913 - keywords of a notebook, each with a natural default
        self,
        *,
        families: Sequence[str] = (),
        names: Sequence[str] = (),
        without: Sequence[str] = (),
        windows: Sequence[int] = (),
        as_of: Day | Iterable[Day] | None = None,
        customers: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """One row per customer and day of decision, one column per feature.

        Args:
            families, names, without: which features; where none is given, all that the tables allow.
            windows: trailing windows in days; those of `configs/params.yaml` where none is given.
            as_of: a day or several, such as "2024-06-30"; the portfolio's own days of decision (for most,
                month-ends) where none is given.
            customers: customer_ids; where none are given, all whose business relation began before the day.

        Raises:
            ConfigError: an unknown family, feature or customer, an illegal window, or a day that is none.
            ContractError: the tables do not allow the features, or no customer is left.
        """
        config = self._config(families, names, without, windows)
        with chdir(self._folder), TemporaryDirectory() as spill:
            con = connect(self._params.engine, Path(spill))
            try:
                tables = load(con, paths.VALID, self._portfolio)
                days = _days(as_of, self._portfolio.complete_until) if as_of else None
                days = days or decision_days(con, tables, self._portfolio)
                rows = _questions(tables["customers"], days, customers)
                _refuse_unknown(rows.customer_id.nunique().execute(), customers)
                matrix = build(con, tables, rows, self._portfolio, config)[0]
                frame: pd.DataFrame = matrix.to_pandas(date_as_object=False)
            finally:
                con.disconnect()
        return frame

    def _config(
        self,
        families: Sequence[str] = (),
        names: Sequence[str] = (),
        without: Sequence[str] = (),
        windows: Sequence[int] = (),
    ) -> FeaturesConfig:
        values = {
            "families": families,
            "names": names,
            "without": without,
            "windows_days": windows or self._params.features.windows_days,
        }
        return parse(FeaturesConfig, values, where="matrix(...)")
