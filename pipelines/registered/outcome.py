"""The outcome that a run's PDs are about: whose defaults, by which definition, within how many months, counted in which currency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.config.base import Config, parse
from contracts.config.default import DefaultConfig
from contracts.config.settlement import SettlementConfig
from contracts.errors import RegistryError
from contracts.recorded import Lock, part, read_lock
from contracts.scratch import scratch
from models.registry.bundle import CONTRACT
from models.registry.champion import Champion
from models.registry.margin import Lost
from models.registry.registration import OUTCOME, Measure
from models.registry.registry import Registry
from models.registry.rows import lock_of, trained
from pipelines.settings import Settings

FIELDS = ("portfolio", "horizon_months", "default", "reporting_currency", "settlement")
"""What two outcomes are compared by, in this order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rows of a run tell: whose defaults, by which definition, within how many months.

    Attributes:
        portfolio: its name.
        default: the definition; None where the run does not say.
        horizon_months: within which it counts.
        reporting_currency: that arrears and the definition's materiality are counted in; None where the run does not say.
        settlement: when an invoice counts as paid although not all of it was; None where the run does not say.
    """

    portfolio: str
    default: DefaultConfig | None
    horizon_months: int
    reporting_currency: str | None = None
    settlement: SettlementConfig | None = None

    def differs(self, other: Outcome) -> str | None:
        """The first thing in which two differ; None where both are about the same outcome."""
        for field in FIELDS:
            mine, theirs = getattr(self, field), getattr(other, field)
            if mine != theirs and None not in (mine, theirs):
                return field
        return None

    def kept(self) -> dict[str, Any]:
        """What `contract.json` of a version keeps of it, beside portfolio and horizon, which are there already."""
        return {
            "default": _plain(self.default),
            "reporting_currency": self.reporting_currency,
            "settlement": _plain(self.settlement),
        }

    def said(self, field: str) -> str:
        """A field for a message."""
        value = getattr(self, field)
        return str(value.model_dump(mode="json")) if isinstance(value, Config) else str(value)  # fmt: skip


def _plain(config: Config | None) -> dict[str, Any] | None:
    return None if config is None else config.model_dump(mode="json")


def recorded(lock: Lock, where: str) -> Outcome | None:
    """The outcome that DVC recorded of a run; None where it recorded none.

    Args:
        lock: a `dvc.lock`.
        where: named where the definition cannot be read.
    """
    for file, values in part(lock, "label", "params").items():
        if {"default", "horizon_months"} <= set(values):
            default = parse(DefaultConfig, values["default"], where=f"{file} of {where} > default")
            currency, settled = values.get("reporting_currency"), values.get("settlement")
            told = None if settled is None else parse(SettlementConfig, settled, where=f"{file} of {where} > settlement")  # fmt: skip
            return Outcome(Path(file).stem, default, int(values["horizon_months"]), currency, told)
    return None


def contracted(version: Champion) -> Outcome:
    """The outcome that a version's own `contract.json` names: portfolio and horizon alone, of versions from before it named more."""
    contract = version.bundle.json(CONTRACT)
    held = contract.get(OUTCOME, {})
    place = f"{CONTRACT} of version {version.version} > {OUTCOME}"
    default, settled = held.get("default"), held.get("settlement")
    return Outcome(
        str(contract["portfolio"]),
        None if default is None else parse(DefaultConfig, default, where=f"{place}.default"),
        int(contract["horizon_months"]),
        held.get("reporting_currency"),
        None if settled is None else parse(SettlementConfig, settled, where=f"{place}.settlement"),
    )


def of_settings(settings: Settings) -> Outcome:
    """What is labelled here today."""
    portfolio = settings.portfolio
    return Outcome(
        settings.name,
        portfolio.default,
        portfolio.horizon_months,
        portfolio.reporting_currency,
        portfolio.settlement,
    )


def of_version(registry: Registry, version: Champion) -> Outcome:
    """The outcome a version predicts, as far as it is known.

    Its own contract says so, which is signed with it. Of versions from before it named the definition DVC's record of the run is asked,
    which is gone where the run was deleted in MLflow for good; then portfolio and horizon are known.
    """
    number, found = version.version, contracted(version)
    if found.default is not None:
        return found
    with scratch() as folder:
        lock = read_lock(lock_of(registry, trained(registry, number), folder))
    return recorded(lock, f"version {number}") or found


def kept_up(settings: Settings, registry: Registry) -> Champion:
    """The champion that today's outcomes can speak of.

    Raises:
        RegistryError: there is none, or the definition of default, the horizon or the currency has changed since it was trained.
    """
    champion = registry.required_champion()
    number = champion.version
    then, now = of_version(registry, champion), of_settings(settings)
    if field := then.differs(now):
        raise RegistryError(
            f"The champion, version {number}, predicts another outcome than the one labelled now: {field} has changed.",
            where=f"{registry.name}, configs/portfolios/{settings.name}.yaml > {field}",
            value=f"version {number}: {then.said(field)}; now: {now.said(field)}",
            next_step="Its alarms and its calibration would be those of the change. `make retrain` trains on the new meaning; its version waits "
            "as challenger, and a person makes it champion: `bonitas promote N --by ... --why ...`. Or set the value back.",
        )
    return champion


def same_meaning(settings: Settings, registry: Registry, measured: Measure) -> Measure:
    """A comparison with a champion that declines where the champion predicts another outcome than the one labelled now."""

    def look(champion: Champion) -> Lost | str:
        then, now = of_version(registry, champion), of_settings(settings)
        if field := then.differs(now):
            return f"not comparable: version {champion.version} predicts another outcome, {field} {then.said(field)}, now {now.said(field)}"
        return measured(champion)

    return look
