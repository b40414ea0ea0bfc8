"""A portfolio of the project: its frames, folds, labels, features for any day, and its model, trained, registered and explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import pandas as pd

from bonitas.asked import Day, asked_days, asked_rows, questions, refuse_unknown
from bonitas.classifier import HealthScoreClassifier
from bonitas.folds import TimeFolds
from bonitas.project import project_folder
from bonitas.training import Training, training_of
from bonitas.version import Version
from contracts.config.base import parse
from contracts.config.features import FeaturesConfig
from contracts.config.params import Params
from contracts.config.source import WorldSource
from contracts.errors import ConfigError, ContractError
from contracts.files import read_json
from contracts.tables.derived import COHORT, KEY, LINEAGE, MATRIX, PARTITION
from contracts.tables.raw import portfolio_tables
from contracts.tables.simulated import TRUTH
from contracts.tables.spec import Table
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
from models.registry.champion import no_version
from models.registry.store import database_of
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings, load_portfolio, registry_uri


class Portfolio:
    """What the last run of a portfolio left in the project's folder, and what can be made of it. It writes nothing.

    Args:
        name: of `configs/portfolios/<name>.yaml`; `data/valid` must hold its tables.
        folder: the project's folder; where missing, the working directory or the nearest above it that is one.

    Raises:
        ConfigError: an unknown portfolio, `data/valid` is of another one, or the folder is no project.
        ContractError: nothing has been validated yet.
    """

    def __init__(self, name: str, folder: str | Path | None = None) -> None:
        self.name = name
        self.folder = project_folder(folder)
        with chdir(self.folder):
            self._params = parse(Params, read_yaml(paths.PARAMS), where=str(paths.PARAMS))
            self._portfolio = load_portfolio(name)
            self._delivered = table_paths(paths.VALID, portfolio_tables(self._portfolio))
            _refuse_another(name, self._delivered)

    def __repr__(self) -> str:
        return f"Portfolio({self.name!r}, {str(self.folder)!r})"

    def training(self, *parts: str) -> Training:
        """Rows with final outcomes: X, y, groups, as_of, and what each feature is.

        X holds what the pipeline's own models learn from: measures that a payment may worsen are in it with
        `train.selection.earlier` alone.

        Args:
            parts: train, calibrate, test, holdout (customers kept out) or gap (between the parts); where none is given, those a
                model may learn from: train and calibrate.

        Raises:
            ConfigError: an unknown part.
            ContractError: nothing has been split yet, or the parts hold no row.
        """
        matrix, partition = self._made(paths.MATRIX, MATRIX), self._made(paths.PARTITION, PARTITION)
        declared = self._made(paths.LINEAGE, LINEAGE)
        earlier = self._params.train.selection.earlier
        return training_of(
            matrix, partition, declared, parts or ("train", "calibrate"), earlier=earlier
        )

    def test(self) -> Training:
        """The rows that no model of the pipeline learned from: later than all others. Look once, at the end."""
        return self.training("test")

    def folds(self, n_splits: int = 5) -> TimeFolds:
        """Time-ordered folds for `cv=`: what a fold learns from was final when its validation rows begin.

        Args:
            n_splits: most folds; fewer are made where days or defaults do not suffice.
        """
        return TimeFolds(n_splits, self._portfolio.horizon_months)

    def labels(self) -> pd.DataFrame:
        """One row per (customer_id, as_of), which are the index: matured_on, defaulted (missing until then), part, is_held_out.

        Raises:
            ContractError: nothing has been labelled or split yet.
        """
        cohort, partition = self._made(paths.COHORT, COHORT), self._made(paths.PARTITION, PARTITION)
        used = partition[[*KEY, "part", "is_held_out"]]
        return cohort.merge(used, on=KEY, how="left", validate="one_to_one").set_index(KEY)

    def truth(self) -> pd.Series[float]:
        """The true PD of each (customer_id, as_of): known of a simulated portfolio only, and of no use to a model.

        A customer that had failed already, unseen as yet, has none.

        Raises:
            ContractError: the portfolio is not simulated, or has not been run yet.
        """
        if not isinstance(self._portfolio.source, WorldSource):
            raise ContractError(
                "True PDs are known of a simulated portfolio only.",
                where=f"{paths.PORTFOLIOS / self.name}.yaml > source > kind",
                value=self._portfolio.source.kind,
                next_step="Judge a model of a real book by its outcomes: labels().",
            )
        found = self._made(paths.TRUTH / f"{TRUTH.name}.parquet", TRUTH)
        return found.set_index(KEY)["true_pd"]

    def fit(self, training: Training | None = None, **settings: Any) -> HealthScoreClassifier:
        """A classifier fitted on rows of this portfolio, in seconds: one booster, the promised directions, customers kept together.

        The pipeline's own search, flavours and gates are `make retrain`; nothing fitted here is registered.

        Args:
            training: the rows; `training()` where none are given.
            settings: of `HealthScoreClassifier`; the directions are those the features declare unless others are given.
        """
        rows = self.training() if training is None else training
        made = HealthScoreClassifier(**{"directions": rows.directions, **settings})
        return made.fit(rows.X, rows.y, groups=rows.groups)

    def champion(self, which: str = "champion") -> Version:
        """The registered version in use, verified; or another, by its alias or number.

        Raises:
            RegistryError: there is no such version (it names those there are), or it is not as it was registered.
        """
        settings = Settings(self.name, self._params, self._portfolio)
        with chdir(self.folder):
            database = database_of(registry_uri(settings))
            if database is not None and not database.is_file():
                raise no_version(self.name, which, {})  # to open it would make it
            return Version.of(registry_of(settings).asked(which), self.folder)

    def score(
        self, frame: pd.DataFrame, *, reasons: bool = False, language: Literal["en", "zh"] = "en"
    ) -> pd.DataFrame:
        """What the champion says of each row of a frame: see `Version.score`."""
        refuse_unknown("language", language, ("en", "zh"), where="score(language=...)")
        return self.champion().score(frame, reasons=reasons, language=language)

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
        with chdir(self.folder), TemporaryDirectory() as spill:
            con = connect(self._params.engine, Path(spill))
            try:
                tables = load(con, paths.VALID, self._portfolio, only)
                if as_of is None:
                    days = decision_days(con, tables, self._portfolio)
                else:
                    days = asked_days(as_of, self._portfolio.complete_until)
                known = con.to_pyarrow(tables["customers"].select("customer_id", "onboarded_on"))
                rows = questions(known.to_pandas(), days, customers)
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
        refuse_unknown("unit", unit, get_args(Unit), where="explain(unit=...)")
        refuse_unknown("language", language, ("en", "zh"), where="explain(language=...)")
        with chdir(self.folder):
            rows = asked_rows(self._made(paths.MATRIX, MATRIX), as_of, customers)
            self._refuse_unmade(paths.MODEL_CONTRACT)
            contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
            ensemble = boosters(paths.BOOSTER.parent, contract)
            calibrate = calibrators.from_json(read_json(paths.CALIBRATOR)).apply
            said = read_table(paths.LINEAGE, LINEAGE).set_index("feature")[f"wording_{language}"]
        judge = Judge(ensemble, Explainer(ensemble), calibrate, self._params.scale)
        return as_shap(judge, rows, said[contract.names].tolist(), unit)

    def _made(self, path: Path, table: Table) -> pd.DataFrame:
        """A table that a stage has made."""
        self._refuse_unmade(path)
        return read_table(self.folder / path, table)

    def _refuse_unmade(self, path: Path) -> None:
        if not (self.folder / path).is_file():
            raise ContractError(
                f"The pipeline has not come so far for '{self.name}' yet.",
                where=str(path),
                value="absent",
                next_step=f"Run `make run PORTFOLIO={self.name}` first.",
            )

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
