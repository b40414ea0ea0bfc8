"""The only place where YAML and the environment enter. Rooms receive typed values."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import SecretStr

from contracts.config.base import parse
from contracts.config.gates import GateOverride
from contracts.config.params import Params
from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import DatabaseSource, FilesSource
from contracts.config.training import SearchConfig
from contracts.errors import BonitasError, ConfigError
from pipelines import paths


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a stage needs to know before it reads a table."""

    name: str
    params: Params
    portfolio: PortfolioConfig
    database_url: SecretStr | None = None
    """Of a portfolio on a database, from the environment; never printed, never written."""

    @property
    def mapping_folder(self) -> Path:
        """The folder that holds one SELECT per contract table."""
        return paths.PORTFOLIOS / self.name


def load() -> Settings:
    """Params and the portfolio they name. The gates are read as well, so that their mistakes are told at once.

    Raises:
        ConfigError: files are absent or not YAML, keys are unknown or illegal, the portfolio is unknown: all in one message.
    """
    values = read_yaml(paths.PARAMS)
    params, wrong_params = _tried(lambda: parse(Params, values, where=str(paths.PARAMS)))
    name = str(values.get("portfolio", "demo"))
    portfolio, wrong_portfolio = _tried(lambda: load_portfolio(name))
    _, wrong_gates = _tried(gate_overrides)
    wrong = [*wrong_params, *wrong_portfolio, *wrong_gates]
    if wrong or params is None or portfolio is None:
        raise ConfigError.together(wrong)
    return Settings(params.portfolio, params, portfolio, database_url(portfolio))


T = TypeVar("T")


def _tried(read: Callable[[], T]) -> tuple[T | None, list[BonitasError]]:
    try:
        return read(), []
    except ConfigError as error:
        return None, [error]


def database_url(portfolio: PortfolioConfig) -> SecretStr | None:
    """The connection URL of a portfolio on a database, from the environment variable its yaml names.

    Raises:
        ConfigError: the yaml holds something else than a variable's name, such as the URL itself; it is not shown.
    """
    source = portfolio.source
    if not isinstance(source, DatabaseSource):
        return None
    _refuse_no_variable(source.url_variable, "portfolio: source > url_variable", "ERP_URL")
    url = os.environ.get(source.url_variable)
    return None if url is None else SecretStr(url)


def studies_url(search: SearchConfig) -> SecretStr:
    """Where the search keeps its studies: the URL in the environment variable the params name, else a file here.

    Raises:
        ConfigError: the params hold something else than a variable's name, such as the URL itself; it is not shown.
    """
    where = f"{paths.PARAMS} > train > search > storage_variable"
    _refuse_no_variable(search.storage_variable, where, "BONITAS_STUDIES")
    return SecretStr(os.environ.get(search.storage_variable) or f"sqlite:///{paths.STUDIES}")


def _refuse_no_variable(name: str, where: str, example: str) -> None:
    if not name.isidentifier():
        raise ConfigError(
            "The value is not the name of an environment variable.",
            where=where,
            next_step=f"Write a name such as {example} there, and put the connection URL into that variable; "
            "a URL with a password belongs in no file.",
        )


def gate_overrides() -> dict[str, GateOverride]:
    """`configs/gates.yaml`: what the project sets in place of a gate's declared defaults, by code.

    Raises:
        ConfigError: keys are unknown or illegal: all of them in one message.
    """
    overrides: dict[str, GateOverride] = {}
    wrong: list[BonitasError] = []
    for code, values in read_yaml(paths.GATES).items():
        where = f"{paths.GATES} > {code}"
        one, found = _tried(partial(parse, GateOverride, values or {}, where=where))
        overrides |= {str(code): one} if one is not None else {}
        wrong += found
    if wrong:
        raise ConfigError.together(wrong)
    return overrides


def portfolio_names() -> list[str]:
    """Names of the portfolios there are configs for."""
    return sorted(path.stem for path in paths.PORTFOLIOS.glob("*.yaml"))


def load_portfolio(name: str) -> PortfolioConfig:
    """`configs/portfolios/<name>.yaml`, with its data folder taken from the environment where set."""
    path = paths.PORTFOLIOS / f"{name}.yaml"
    if not path.is_file():
        where = f"{paths.PARAMS} > portfolio"
        raise ConfigError.from_unknown("portfolio", name, portfolio_names(), where=where)
    portfolio = parse(PortfolioConfig, read_yaml(path), where=str(path))
    source = portfolio.source
    if isinstance(source, FilesSource) and source.folder_variable:
        folder = os.environ.get(source.folder_variable, source.folder)
        source = source.model_copy(update={"folder": folder})
        portfolio = portfolio.model_copy(update={"source": source})
    return portfolio


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds keys. Raises ConfigError where it is absent or holds anything else."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            "The config file is absent.",
            where=str(path),
            next_step="Run from the project's folder; restore the file from git.",
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(
            "The config file is not YAML.",
            where=str(path),
            value=str(error).replace("\n", " "),
            next_step="Correct the line named above.",
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(
            "The config file holds no keys.",
            where=str(path),
            value=repr(values)[:100],
            next_step="Restore the file from git.",
        )
    _refuse_bare_dates(values, str(path))
    return values


def _refuse_bare_dates(values: Any, where: str) -> None:
    """DVC stores params as JSON, which has no dates; a bare one would fail after the stage has run."""
    if isinstance(values, date):
        raise ConfigError(
            "A date is not in quotes.",
            where=where,
            value=values.isoformat(),
            next_step=f'Write "{values.isoformat()}": DVC cannot store a bare YAML date.',
        )
    pairs = values.items() if isinstance(values, dict) else enumerate(values if isinstance(values, list) else ())  # fmt: skip
    for key, inner in pairs:
        _refuse_bare_dates(inner, f"{where} > {key}")
