"""Defaults by the time they happened, as a forecast of the level reads them."""

from __future__ import annotations

from typing import Protocol

from contracts.arrays import Floats, Ints


class Counted(Protocol):
    """Defaults seen beside those expected, interval by interval: of final outcomes (`Followed`) or of open ones (`Monthly`)."""

    @property
    def starts(self) -> Ints:
        """First day of each interval, days since 1970."""

    @property
    def until(self) -> int:
        """The day after the last one."""

    @property
    def seen(self) -> Floats:
        """Defaults in each."""

    @property
    def middles(self) -> Floats:
        """Middle of each, years since 1970."""

    @property
    def dispersion(self) -> float:
        """Variance of an interval's defaults over that of independent ones."""

    @property
    def shared(self) -> float:
        """Variance of the error that all expectations share, logarithmic scale."""

    def expected(self, moved: Floats) -> tuple[Floats, Floats]:
        """Defaults expected where the log-odds have moved by so much, and their slope in it."""
