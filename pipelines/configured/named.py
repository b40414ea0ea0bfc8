"""Names that the configs give to what the code declares: an unknown one is told by the first stage, with all others, and not hours later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from contracts.errors import BonitasError, ConfigError
from contracts.scale import refuse_clipped
from contracts.spelling import is_slip
from features.catalog import DERIVED_FAMILIES, FAMILIES, catalogue
from features.catalog.spelling import OWN, misspelt
from pipelines import paths
from pipelines.configured.expert import load_expert
from pipelines.configured.gates import load_gates
from pipelines.configured.money import refuse_unstated
from pipelines.configured.unwritten import refuse_unwritten
from pipelines.settings import Settings, tried
from quality.rules.catalogue import Tolerances


def refuse_misnamed(settings: Settings) -> None:
    """Every key that is left out though a stage watches it, and every name that nothing has, of every config, in one message.

    Raises:
        ConfigError: there are such keys or names: gates and waivers, rules with a tolerance, inputs and their families, config files.
    """
    checks: tuple[Callable[[], object], ...] = (
        lambda: refuse_unwritten(settings.name),
        lambda: load_gates(settings.portfolio.waivers),
        lambda: Tolerances(settings.params.validate_.tolerance, where=f"{paths.PARAMS} > validate > tolerance"),
        lambda: Tolerances(settings.portfolio.tolerance, where=f"{_yaml(settings)} > tolerance"),
        lambda: refuse_clipped(settings.params.scale),
        lambda: refuse_unstated(settings.portfolio, _yaml(settings)),
    )  # fmt: skip
    wrong = [error for check in checks for error in tried(check)[1]]
    wrong += [*_of_experience(settings), *_of_inputs(settings), *_of_files()]
    if wrong:
        raise ConfigError.together(wrong)


def _yaml(settings: Settings) -> str:
    return f"{paths.PORTFOLIOS / settings.name}.yaml"


def _of_files() -> Iterator[BonitasError]:
    """Config files that nothing reads, for their name is that of another one misspelt or ends otherwise: what they say would count for nothing."""
    read = (paths.PARAMS, paths.GATES, paths.EXPERT)
    every = sorted(paths.PARAMS.parent.rglob("*"))
    for path in (one for one in every if one.suffix.lower() in {".yaml", ".yml"}):
        near = [one for one in read if path.parent == one.parent and path not in read and is_slip(path.stem, one.stem)]  # fmt: skip
        if path.suffix != ".yaml" or near:
            meant = near[0] if near else path.with_suffix(".yaml")
            yield ConfigError(
                "Nothing reads this config file.",
                where=str(path),
                next_step=f"Call it {meant} if it is that one; else take it out of {paths.PARAMS.parent}, or name it otherwise.",
            )


def _of_experience(settings: Settings) -> list[BonitasError]:
    """Inputs of `configs/expert.yaml`, which is written for every book: one that this run lacks is absent, not unknown."""
    pillars, wrong = tried(load_expert)
    named = pillars.features.items() if pillars is not None else ()
    places = [(f"{paths.EXPERT} > features > {pillar}", one) for pillar, of in named for one in of]
    windows, own = settings.params.features.windows_days, settings.portfolio.attributes
    return [*wrong, *misspelt(places, windows, own)]


def _of_inputs(settings: Settings) -> Iterator[BonitasError]:
    """Inputs, and families of them, that the params select and the portfolio speaks of."""
    config, portfolio = settings.params.features, settings.portfolio
    inputs = [one.name for one in catalogue(config.windows_days, portfolio.attributes)]
    families = (*FAMILIES, *DERIVED_FAMILIES)
    features, yaml = f"{paths.PARAMS} > features", _yaml(settings)
    places: tuple[tuple[str, str, Iterable[str], Iterable[str]], ...] = (
        ("family", f"{features} > families", config.families, families),
        ("feature", f"{features} > names", config.names, inputs),
        ("feature or family", f"{features} > without", config.without, (*families, *inputs)),
        ("feature", f"{yaml} > directions", portfolio.directions, inputs),
        ("feature", f"{yaml} > checked_inputs", portfolio.checked_inputs, inputs),
    )
    # columns of a table that is taken as it comes are known once it was read
    is_open = portfolio.attributes_from is not None
    for kind, where, names, legal in places:
        for name in names:
            if name not in legal and not (is_open and name.startswith(OWN)):
                yield ConfigError.from_unknown(kind, name, list(legal), where=where)
