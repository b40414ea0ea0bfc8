"""In a notebook: features of the validated tables for any customers and days, and the model explained, in three lines each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import chdir
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import ibis
import ibis.expr.types as ir
import pandas as pd

from contracts.config.base import parse
from contracts.config.features import FeaturesConfig
from contracts.config.params import Params
from contracts.errors import ConfigError, ContractError
from contracts.files import read_json
from contracts.tables.derived import KEY, LINEAGE, MATRIX
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import read_table, table_paths
from features.catalog import chosen
from features.engine.backend import connect, load
from features.labels.cohort import decision_days
from features.matrix.matrix import build, lineage, sources
from models.base.data import ModelContract
from models.boosting.booster import load as boosters
from models.boosting.shapley import Explainer
from models.calibration import calibrators
from models.explanation.history import Judge
from models.explanation.shap_object import Unit, as_shap
from pipelines import ROOT, paths
from pipelines.settings import load_portfolio
from pipelines.yaml_text import read_yaml

Day = str | date


class Portfolio:
    """The validated tables of a portfolio, to compute features from, and its model, to explain. It writes nothing.

    Args:
        name: of `configs/portfolios/<name>.yaml`; `data/valid` must hold its tables.
        folder: the project's folder; where missing, the one this code lies in, whatever the working directory.

    Raises:
        ConfigError: an unknown portfolio, or `data/valid` is of another one.
        ContractError: nothing has been validated yet.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self._folder = folder or ROOT
        with chdir(self._folder):
            self._params = parse(Params, read_yaml(paths.PARAMS), where=str(paths.PARAMS))
            self._portfolio = load_portfolio(name)
            self._delivered = table_paths(paths.VALID, portfolio_tables(self._portfolio))
            _refuse_another(name, self._delivered)

    def features(self) -> pd.DataFrame:
        """What can be built from the tables there are: the declaration of each feature, by name."""
        config = self._config()
        found = chosen(config, self._delivered, self._portfolio)
        frame: pd.DataFrame = lineage(found).to_pandas()
        return frame.drop(columns="position").set_index("feature")

    def matrix(
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
            families: whole families of features; with no names either, all that the tables allow.
            names: single features, added to the families.
            without: features or families to leave out.
            windows: trailing windows in days; those of `configs/params.yaml` where none is given.
            as_of: a day or several, such as "2024-06-30"; the portfolio's own days of decision (for most,
                firsts of months) where none is given.
            customers: customer_ids; where none are given, all whose business relation began before the day.

        Raises:
            ConfigError: an unknown family, feature or customer, an illegal window, or a day that is none.
            ContractError: the tables do not allow the features, or no customer is left.
        """
        config = self._config(families, names, without, windows)
        needed = None if as_of is None else sources(config, self._portfolio, self._delivered)
        only = None if needed is None else {*needed, "customers"}
        with chdir(self._folder), TemporaryDirectory() as spill:
            con = connect(self._params.engine, Path(spill))
            try:
                tables = load(con, paths.VALID, self._portfolio, only)
                if as_of is None:
                    days = decision_days(con, tables, self._portfolio)
                else:
                    days = _days(as_of, self._portfolio.complete_until)
                known = con.to_pyarrow(tables["customers"].select("customer_id", "onboarded_on"))
                rows = _questions(known.to_pandas(), days, customers)
                matrix = build(con, tables, rows, self._portfolio, config)[0]
                frame: pd.DataFrame = matrix.to_pandas(date_as_object=False)
            finally:
                con.disconnect()
        return frame

    def explain(
        self,
        *,
        as_of: Day | Iterable[Day] | None = None,
        customers: Sequence[str] | None = None,
        unit: Unit = "points",
        language: Literal["en", "zh"] = "en",
    ) -> Any:
        """The model's scores as a `shap.Explanation`, for `shap.plots.beeswarm`, `waterfall` or `scatter`.

        Rows are those of `data/features/matrix.parquet` in its order: by customer, then by day.

        Args:
            as_of: a day of decision or several; the newest where none is given.
            customers: customer_ids; all where none are given.
            unit: "points" of the score (positive: healthier), or "log_odds" of default before calibration or calibrated
                "probability" of default (positive: riskier). base_values + values of a row add up to it, exactly.
            language: of the features' names.

        Raises:
            ConfigError: an unknown unit, language or customer, or a day that is none.
            ContractError: no model has been trained yet, or the matrix has no such row.
        """
        _refuse_unknown("unit", unit, get_args(Unit))
        _refuse_unknown("language", language, ("en", "zh"))
        with chdir(self._folder):
            rows = _asked(read_table(paths.MATRIX, MATRIX), as_of, customers)
            contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
            ensemble = boosters(paths.BOOSTER.parent, contract)
            calibrate = calibrators.from_json(read_json(paths.CALIBRATOR)).apply
            said = read_table(paths.LINEAGE, LINEAGE).set_index("feature")[f"wording_{language}"]
        judge = Judge(ensemble, Explainer(ensemble), calibrate, self._params.scale)
        return as_shap(judge, rows, said[contract.names].tolist(), unit)

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


def _refuse_another(name: str, delivered: Mapping[str, Path]) -> None:
    """`data/valid` holds the tables of the portfolio that was run last; another one's would be read silently."""
    if not delivered:
        raise ContractError(
            "There are no validated tables yet.",
            where=str(paths.VALID),
            next_step=f"Run `make run PORTFOLIO={name}` first.",
        )
    held = read_json(paths.MANIFEST)["portfolio"] if paths.MANIFEST.is_file() else name
    if held != name:
        raise ConfigError(
            f"The validated tables are those of another portfolio than '{name}'.",
            where=str(paths.VALID),
            value=held,
            next_step=f"Ask for Portfolio('{held}'), or run `make run PORTFOLIO={name}` first.",
        )


def _refuse_unknown(key: str, value: str, known: Iterable[str]) -> None:
    if value not in set(known):
        raise ConfigError.from_unknown(key, value, known, where=f"explain({key}=...)")


def _asked(
    matrix: pd.DataFrame, as_of: Day | Iterable[Day] | None, customers: Sequence[str] | None
) -> pd.DataFrame:
    """The rows of the matrix that are asked for."""
    known, days = set(matrix["customer_id"]), [matrix["as_of"].max()]
    for name in customers or ():
        if name not in known:
            raise ConfigError.from_unknown("customer", name, known, where="explain(customers=...)")
    if as_of is not None:
        given = [as_of] if isinstance(as_of, str | date) else list(as_of)
        days = [pd.Timestamp(_day(one, "explain(as_of=...)")) for one in given]
    wanted = matrix["as_of"].isin(days)
    absent = sorted(set(days) - set(matrix["as_of"]))
    if customers is not None:
        wanted &= matrix["customer_id"].isin(list(customers))
    if absent or not wanted.any():
        raise ContractError(
            "The matrix has no row of these customers on these days.",
            where="explain(as_of=..., customers=...)",
            value=", ".join(str(day.date()) for day in absent or days),
            next_step="Days of decision are in the column as_of of data/features/matrix.parquet; a customer in default or "
            "no longer active has no row. For other days use `matrix(...)`.",
        )
    rows: pd.DataFrame = matrix[wanted].reset_index(drop=True)
    return rows


def _days(as_of: Day | Iterable[Day], complete_until: date) -> list[date]:
    """The days asked for, in order, each once; none later than the day after the last complete one."""
    given = [as_of] if isinstance(as_of, str | date) else list(as_of)
    days = sorted({_day(one) for one in given})
    last = complete_until + timedelta(days=1)
    if not days or days[-1] > last:
        raise ConfigError(
            "A day of decision lies past the data." if days else "There is no day of decision.",
            where="matrix(as_of=...)",
            value=str(days[-1]) if days else None,
            next_step=f"Ask for days up to {last}: the tables are complete until {complete_until}.",
        )
    return days


def _day(value: Day, where: str = "matrix(as_of=...)") -> date:
    try:
        return pd.Timestamp(value).date()
    except (TypeError, ValueError) as error:
        raise ConfigError(
            "This is not a day.",
            where=where,
            value=repr(value)[:50],
            next_step='Write days as "2024-06-30" or as datetime.date.',
        ) from error


def _questions(
    known: pd.DataFrame, days: Sequence[date], customers: Sequence[str] | None
) -> ir.Table:
    """customer_id and as_of of every row to be: those asked for on every day, or all that were customers on the day."""
    if customers is not None:
        names = set(known["customer_id"])
        for name in customers:
            if name not in names:
                place = "matrix(customers=...)"
                raise ConfigError.from_unknown("customer", name, names, where=place)
        known = known[known["customer_id"].isin(list(customers))]
    rows = known.merge(pd.DataFrame({"as_of": list(days)}), how="cross")
    rows = rows if customers is not None else rows[rows["onboarded_on"] < rows["as_of"]]
    if rows.empty:
        raise ContractError(
            "There is no customer on the days asked for.",
            where="matrix(as_of=..., customers=...)",
            value=f"{days[0]} to {days[-1]}",
            next_step="Ask for later days, or name the customers.",
        )
    schema = {"customer_id": "string", "as_of": "date"}
    return ibis.memtable(rows[KEY], schema=schema)
