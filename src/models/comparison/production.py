"""What is in use while runs are compared: so that who compares after a night of experiments sees that it did not move."""

from __future__ import annotations

from contracts.documents.comparison import Production
from models.registry.decisions import Reign, reigns
from models.registry.log import CHAMPION
from models.registry.shelf import Shelf

MINUTE = "%Y-%m-%d %H:%M"


def production(registry: Shelf) -> Production:
    """The champion by the registry's log and alias, which are read and not touched.

    Raises:
        RegistryError: the log was changed.
    """
    log, bearer = registry.log.read(), registry.log.aliased(CHAMPION)
    if not log.decisions:
        return Production(standing="unlogged" if bearer else "none", version=bearer)
    if log.champion != bearer:  # or a decision is being carried out at this moment
        return Production(standing="moved", version=bearer)
    return standing(reigns(log.decisions), bearer)


def standing(found: list[Reign], bearer: str | None) -> Production:
    """The last reign, in the words of the document.

    >>> from datetime import UTC, datetime
    >>> one = Reign("3", datetime(2026, 3, 1, 9, 5, tzinfo=UTC), None, "pipeline", "", False)
    >>> standing([one], "3").since, standing([], None).standing
    ('2026-03-01 09:05', 'none')
    """
    if bearer is None or not found:
        return Production(standing="none")
    last = found[-1]
    return Production(
        standing="found" if last.is_found else "decided",
        version=bearer,
        since=last.since.strftime(MINUTE),
        by=last.by,
    )
