"""Weighs a version against the champion before anybody decides: on test rows, in reasons, and in money. One page, one advice."""

from __future__ import annotations

import webbrowser

from rich.console import Console

from contracts.errors import BonitasError
from contracts.files import write_text
from models.registry.registry import Registry
from pipelines import paths
from pipelines.errands.pack_lines import lines
from pipelines.registered.packed import is_current
from pipelines.registered.promotion import promotion
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings
from reports.promotion import render


def pack(settings: Settings, which: str, *, is_opened: bool = False) -> str:
    """Writes the promotion pack and prints what it says; nothing is decided by it.

    Args:
        settings: name the portfolio and its registry.
        which: the challenger: a number, or an alias such as `challenger`.
        is_opened: whether the page is opened in a browser.
    """
    made = written(settings, registry_of(settings), which)
    if is_opened:
        webbrowser.open(paths.PROMOTION_HTML.resolve().as_uri())
    return made


def written(settings: Settings, registry: Registry, which: str) -> str:
    """Writes the pack, prints its lines, and says where it is.

    The document goes first and comes last: while it lies there, the page beside it is its own, and a decision may name the pack.
    """
    document, speeds = promotion(settings, registry, which)
    page = render(document, speeds)
    paths.PROMOTION_JSON.unlink(missing_ok=True)
    write_text(paths.PROMOTION_HTML, page)
    document.write(paths.PROMOTION_JSON)
    console = Console(highlight=False, soft_wrap=True)
    for line in lines(document, speeds):
        console.print(line)
    return f"{paths.PROMOTION_HTML}, {paths.PROMOTION_JSON}"


def weigh(settings: Settings, registry: Registry, number: str) -> None:
    """The pack of a version that waits, unless it is there already. That it cannot be made hinders no decision; it is said why."""
    champion = None if registry.vanished() else registry.crowned()
    if champion in {None, number} or registry.log.read().about(number) is not None:
        return
    if champion is not None and not is_current(registry, champion, number):
        try:
            written(settings, registry, number)
        except BonitasError as error:
            for path in (paths.PROMOTION_JSON, paths.PROMOTION_HTML):
                path.unlink(missing_ok=True)  # that of another decision would be read as this one's
            print(f"no promotion pack:\n{error}")
