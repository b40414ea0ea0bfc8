"""The study of a search: a name that follows from the data and the settings, in a storage that outlives the process."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import distribution_to_json
from optuna.exceptions import StorageInternalError
from optuna.samplers import BaseSampler
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from contracts.arrays import Bools, Floats
from contracts.config.training import TrainConfig
from contracts.errors import BonitasError, StudyError
from contracts.files import whole_file
from contracts.locks import alone_with
from contracts.secrets import ENCODE, is_ambiguous, shown
from models.base.data import ModelContract
from models.sample.folds import Fold
from models.search.sampling import FoldMedianPruner
from models.search.space import first_values, space

PORTFOLIO, DIGEST = "portfolio", "digest"
NAMED_BY = 16  # hex digits of the digest that the name shows
LOCK_SECONDS = 60  # how long one process waits for another to finish writing to an SQLite file
WHERE = "the study's storage (train.search.storage_variable, or .bonitas/studies.db)"


@dataclass(frozen=True, slots=True)
class Storage:
    """Where studies are kept.

    Attributes:
        url: SQLAlchemy address of the database; it may hold a password and is never shown.
        beat: seconds between two signs of life of a running trial.
        grace: seconds without one after which a trial is taken for dead.
    """

    url: str = field(repr=False)
    beat: float = 2.0
    grace: float = 12.0

    @property
    def shown(self) -> str:
        """The address without its user and password."""
        return shown(self.url)


def digest_of(
    codes: Floats,
    defaulted: Bools,
    folds: Sequence[Fold],
    contract: ModelContract,
    config: TrainConfig,
) -> str:
    """SHA-256 of all that a trial's loss depends on: rows, outcomes, folds, features, settings, libraries.

    The budget and the number of threads are not in it: they change how many trials run, not what one gives.
    """
    found = hashlib.sha256()
    arrays = [np.where(np.isnan(codes), np.nan, codes), defaulted]  # one NaN, whatever its bits
    arrays += [rows for fold in folds for rows in (fold.train, fold.valid)]
    for array in arrays:
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    settings = {
        "contract": contract.to_json(),
        "space": {name: distribution_to_json(one) for name, one in space(contract, config).items()},
        "first": first_values(contract, config),
        "fit": {
            "seed": config.seed,
            "rounds": [config.max_rounds, config.early_stopping_rounds],
        },
        "libraries": {name: installed(name) for name in ("lightgbm", "optuna")},
    }
    found.update(json.dumps(settings, sort_keys=True).encode())
    return found.hexdigest()


def open_study(
    storage: Storage | None, portfolio: str, digest: str, sampler: BaseSampler
) -> optuna.Study:
    """The study of this portfolio and digest, new or continued; in memory where there is no storage.

    Raises:
        StudyError: the storage cannot be opened, or the study in it is of other data.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    name = f"{portfolio}-{digest[:NAMED_BY]}"
    kept = _opened(storage) if storage else None
    study = optuna.create_study(
        study_name=name,
        storage=kept,
        sampler=sampler,
        pruner=FoldMedianPruner(),
        load_if_exists=True,
    )
    _claim(study, {PORTFOLIO: portfolio, DIGEST: digest}, storage)
    return study


def _opened(storage: Storage) -> optuna.storages.RDBStorage:
    if is_ambiguous(storage.url):
        raise StudyError("The address of the studies can be read in two ways.", where=WHERE, next_step=ENCODE)  # fmt: skip
    try:
        place = make_url(storage.url)
        if not (place.get_backend_name() == "sqlite" and place.database):
            return _with_tables(storage.url, None)
        file, wait = Path(place.database), {"connect_args": {"timeout": LOCK_SECONDS}}
        with alone_with(file, patience=LOCK_SECONDS):
            if not (file.is_file() and file.stat().st_size):
                _make(file)
            return _with_tables(storage.url, wait)
    except BonitasError:
        raise
    except Exception as error:
        # SQLAlchemy, its drivers, Alembic and the file system each raise their own kind
        raise StudyError(
            "The storage of the search cannot be opened, or is not a database of Optuna.",
            where=WHERE,
            value=f"{storage.shown}: {type(error).__name__}",
            next_step="Correct the URL, install its driver or start its server; a damaged local file may be "
            "deleted, its trials are run again.",
        ) from error


def _make(file: Path) -> None:
    """The file with all its tables, or no file: a creation that is killed leaves nothing that another would open."""
    with whole_file(file) as partial:
        made = optuna.storages.RDBStorage(f"sqlite:///{partial}")
        made.remove_session()
        made.engine.dispose()


def _with_tables(url: str, engine: dict[str, Any] | None) -> optuna.storages.RDBStorage:
    """Opens it, and again where two processes met while making its tables: the second finds them there."""
    for seconds in (0.2, 1.0):
        try:
            return optuna.storages.RDBStorage(url, engine_kwargs=engine)
        except (OperationalError, ProgrammingError, IntegrityError, StorageInternalError):
            time.sleep(seconds)
    return optuna.storages.RDBStorage(url, engine_kwargs=engine)


def _claim(study: optuna.Study, wanted: dict[str, str], storage: Storage | None) -> None:
    """Writes whose study it is; refuses one that says it is another's, or has trials and does not say."""
    has_trials = bool(
        study.get_trials(deepcopy=False)
    )  # before: its maker writes whose it is, then runs trials
    seen = {key: study.user_attrs.get(key) for key in wanted}
    is_silent = all(value is None for value in seen.values())
    is_anothers = any(seen[key] not in {None, value} for key, value in wanted.items())
    if is_anothers or (is_silent and has_trials):
        raise StudyError(
            f"The study '{study.study_name}' is of other data.",
            where=f"{WHERE}: {storage.shown}" if storage else WHERE,
            value=", ".join(f"{key} {value}" for key, value in seen.items()),
            next_step=f"Expected {', '.join(f'{key} {value}' for key, value in wanted.items())}. "
            "Delete that study, or give another storage.",
        )
    if seen != wanted:
        for key, value in wanted.items():
            study.set_user_attr(key, value)
