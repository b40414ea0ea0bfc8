"""Every page there is, found by listing this package: a module that holds a `PAGE` is one, and its name is the module's."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import reports
from contracts.errors import ConfigError
from reports.frame.declaration import Page


def page(name: str) -> Page:
    """The page of a name; only its own module is imported.

    Raises:
        ConfigError: there is no such page.
    """
    for module in _modules():
        if _name(module) == name and isinstance(found := _declared(module), Page):
            return found
    raise ConfigError.from_unknown("page", name, sorted(pages()), where="pipelines.report")


def pages() -> dict[str, Page]:
    """By name, every page."""
    declared = {_name(module): _declared(module) for module in _modules()}
    return {name: found for name, found in declared.items() if found is not None}


def _modules() -> Iterator[str]:
    """The modules of the package, by name; none is imported but the packages that hold others."""
    for found in sorted(pkgutil.walk_packages(reports.__path__, "reports."), key=lambda one: one.name):  # fmt: skip
        if not found.ispkg and found.name != __name__:
            yield found.name


def _declared(module: str) -> Page | None:
    found = getattr(import_module(module), "PAGE", None)
    return found if isinstance(found, Page) else None


def _name(module: str) -> str:
    """A page's name: that of its module, or of the room whose `page` it is.

    >>> _name("reports.portfolio"), _name("reports.model.page"), _name("reports.model.sheets")
    ('portfolio', 'model', 'sheets')
    """
    return module.removesuffix(".page").rsplit(".", 1)[-1]
