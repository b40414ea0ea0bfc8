"""The only place where YAML and the environment enter. Rooms receive typed values."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from pyarrow.parquet import read_schema
from pydantic import SecretStr

from contracts.config.attributes import Dtype
from contracts.config.base import parse
from contracts.config.gates import GateOverride
from contracts.config.params import PORTFOLIO_NAME, Params
from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import DatabaseSource, FolderSource, WorldSource
from contracts.config.training import SearchConfig
from contracts.errors import BonitasError, ConfigError
from contracts.spelling import is_slip
from contracts.tables.raw import ATTRIBUTES
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml

EXPERIMENTS = "/.dvc/tmp/exps/"
"""Where DVC makes a copy of the project for an experiment that does not touch the folder."""


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
    params, wrong_params = tried(lambda: parse(Params, values, where=str(paths.PARAMS)))
    name = str(values.get("portfolio", "demo"))
    portfolio, wrong_portfolio = tried(lambda: with_columns_read(load_portfolio(name)))
    _, wrong_gates = tried(gate_overrides)
    wrong = [*wrong_params, *wrong_portfolio, *wrong_gates]
    if wrong or params is None or portfolio is None:
        raise ConfigError.together(wrong)
    return Settings(params.portfolio, params, portfolio, database_url(portfolio))


T = TypeVar("T")


def tried(read: Callable[[], T]) -> tuple[T | None, list[BonitasError]]:
    """What is read, or what is wrong with it."""
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
    url = from_environment(source.url_variable, "portfolio: source > url_variable")
    return None if url is None else SecretStr(url)


def studies_url(search: SearchConfig) -> SecretStr:
    """Where the search keeps its studies: the URL in the environment variable the params name, else a file here.

    Raises:
        ConfigError: the params hold something else than a variable's name, such as the URL itself; it is not shown.
    """
    where = f"{paths.PARAMS} > train > search > storage_variable"
    _refuse_no_variable(search.storage_variable, where, "BONITAS_STUDIES")
    return SecretStr(from_environment(search.storage_variable, where) or f"sqlite:///{paths.STUDIES}")  # fmt: skip


def registry_uri(settings: Settings) -> str:
    """Where versions live: the address in the environment variable the params name, else that of the params.

    Raises:
        ConfigError: the params hold something else than a variable's name, such as the address itself; it is not shown.
    """
    register = settings.params.register_
    where = f"{paths.PARAMS} > register > tracking_variable"
    _refuse_no_variable(register.tracking_variable, where, "BONITAS_REGISTRY")
    return from_environment(register.tracking_variable, where) or register.tracking_uri


def from_environment(name: str, where: str) -> str | None:
    """What an environment variable that the settings name holds; None where it is not set.

    Args:
        name: of the variable.
        where: the setting that names it.

    Raises:
        ConfigError: it is not set, and one that is it misspelt is: what that holds would be passed over, and another registry, database,
            folder or key be used. What it holds is not shown.
    """
    if name in os.environ:
        return os.environ[name]
    near = [one for one in sorted(os.environ) if is_slip(one, name)]
    if near:
        raise ConfigError(
            f"The environment variable {name} is not set, and {near[0]} is, which nothing reads.",
            where=where,
            next_step=f"Set {name}, or name {near[0]} there; where they have nothing to do with one another, unset {near[0]} for this command.",
        )
    return None


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
        one, found = tried(
            partial(parse, GateOverride, {} if values is None else values, where=where)
        )
        overrides |= {str(code): one} if one is not None else {}
        wrong += found
    if wrong:
        raise ConfigError.together(wrong)
    return overrides


def with_columns_read(portfolio: PortfolioConfig) -> PortfolioConfig:
    """The portfolio whose attributes are to come from the table, with the columns that `ingest` wrote; before it, with none.

    What is wrong with them `ingest` says, which reads the table itself: what lies here may be another portfolio's.
    """
    path = paths.RAW / f"{ATTRIBUTES.name}.parquet"
    if portfolio.attributes_from is None or not path.is_file():
        return portfolio
    schema = read_schema(path)
    found: dict[str, Dtype] = {
        one.name: "category" if one.type == "string" else "number" for one in schema
    }
    try:
        return portfolio.with_columns(found)
    except ConfigError:
        return portfolio


def portfolio_names() -> list[str]:
    """Names of the portfolios there are configs for."""
    return sorted(path.stem for path in paths.PORTFOLIOS.glob("*.yaml"))


def load_portfolio(name: str) -> PortfolioConfig:
    """`configs/portfolios/<name>.yaml`, with its data folder taken from the environment where set."""
    where, path = f"{paths.PARAMS} > portfolio", paths.PORTFOLIOS / f"{name}.yaml"
    if not re.fullmatch(PORTFOLIO_NAME, name):
        raise ConfigError(
            "This is no name of a portfolio.",
            where=where,
            value=name,
            next_step="Use at most 60 lower-case letters, digits and underscores, a letter first; rename its yaml and its folder in "
            f"{paths.PORTFOLIOS} alike.",
        )
    if not os.path.lexists(path):
        raise ConfigError.from_unknown("portfolio", name, portfolio_names(), where=where)
    portfolio = parse(PortfolioConfig, read_yaml(path), where=str(path))
    _refuse_future(portfolio, str(path))
    source = portfolio.source
    if isinstance(source, FolderSource):
        named, place = source.folder_variable, f"{path} > source > folder_variable"
        folder = (from_environment(named, place) if named else None) or source.folder
        source = source.model_copy(update={"folder": from_home(folder, Path.cwd())})
        portfolio = portfolio.model_copy(update={"source": source})
    return portfolio


def from_home(folder: str, here: Path) -> str:
    """A folder as the project means it, also where DVC runs an experiment in a copy of the project (`--temp`, `--queue`).

    Those copies lie in `.dvc/tmp/exps` and hold what git and DVC keep, no more; what lies outside stays where it is.

    >>> from_home("../extracts", Path("/home/me/firm/.dvc/tmp/exps/tmp1a2b"))
    '/home/me/firm/../extracts'
    >>> from_home("../extracts", Path("/home/me/firm"))
    '../extracts'
    """
    home, copy, _ = here.as_posix().partition(EXPERIMENTS)
    if not copy or Path(folder).is_absolute() or (here / folder).exists():
        return folder
    return f"{home}/{folder}"


def _refuse_future(portfolio: PortfolioConfig, where: str) -> None:
    """No extract is complete for a day that is yet to come; a simulated world ends on the day it is told to."""
    last, today = portfolio.complete_until, date.today()  # noqa: DTZ011 - the day where the person is who set it
    if last > today and not isinstance(portfolio.source, WorldSource):
        raise ConfigError(
            f"complete_until lies after today, {today}: defaults of days to come would count as none.",
            where=f"{where} > complete_until",
            value=last,
            next_step="Set it to the last day the extract is complete for.",
        )
