"""Tables of figures: aligned for a terminal, or as Markdown for RESULTS.md; and means with their spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        title: what it shows.
        header: of the columns; the first names the rows.
        rows: cells as text.
        note: what a reader must know, or nothing.
    """

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""

    def show(self, *, markdown: bool) -> str:
        """The table as text.

        >>> print(Table("Ages", ("who", "age"), [("Ann", "7"), ("Robert", "41")]).show(markdown=False))
        Ages
        who     age
        Ann       7
        Robert   41
        """
        return self._markdown() if markdown else self._text()

    def _text(self) -> str:
        widths = [max(len(row[i]) for row in (self.header, *self.rows)) for i in range(len(self.header))]  # fmt: skip
        lines = [self.title]
        for first, *others in (self.header, *self.rows):
            cells = [first.ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            lines.append("  ".join(cells).rstrip())
        return "\n".join([*lines, self.note] if self.note else lines)

    def _markdown(self) -> str:
        lines = [f"**{self.title}.**" + (f" {self.note}" if self.note else ""), ""]
        lines += ["| " + " | ".join(cells) + " |" for cells in (self.header, *self.rows)]
        return "\n".join([*lines[:3], "|" + "---|" * len(self.header), *lines[3:]])


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Mean over the seeds +/- one standard deviation between them (none with one seed); NaNs are left out.

    >>> spread([0.80, 0.82, 0.84]), spread([0.8]), spread([float("nan")])
    ('0.820 ± 0.020', '0.800', '-')
    """
    kept = np.asarray([value for value in values if np.isfinite(value)])
    if len(kept) == 0:
        return "-"
    mean = f"{kept.mean():.{digits}f}"
    return mean if len(kept) == 1 else f"{mean} ± {kept.std(ddof=1):.{digits}f}"


def percent(values: Sequence[float], digits: int = 2) -> str:
    """`spread` of shares, in per cent.

    >>> percent([0.031, 0.033])
    '3.20 ± 0.14 %'
    """
    text = spread([100.0 * value for value in values], digits)
    return text if text == "-" else f"{text} %"
