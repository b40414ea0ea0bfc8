"""Errors a user can act on: each says what is wrong, where, with which value, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

MAX_LISTED = 40
"""More legal names than a message lists; the nearest ones help more."""


class BonitasError(Exception):
    """A fault in the input or the configuration, not in the program.

    Args:
        what: the finding, in one sentence.
        where: file, table, column, rule or key it was found in.
        value: the offending value (or a sample of them), if one can be shown.
        next_step: what the reader can do about it.

    The stages print it without a traceback and exit with code 2.

    >>> print(BonitasError("The table is empty.", where="invoices", next_step="Check the SELECT."))
    The table is empty.
      where: invoices
      do:    Check the SELECT.
    """

    def __init__(self, what: str, *, where: str, value: object = None, next_step: str) -> None:
        self.what = what
        self.where = where
        self.value = value
        self.next_step = next_step
        self.also: tuple[BonitasError, ...] = ()
        super().__init__(what)

    def __str__(self) -> str:
        if self.also:
            each = [str(one) for one in self.parts()]
            return f"{len(each)} mistakes.\n" + "\n".join(each)
        lines = [self.what, f"  where: {self.where}"]
        if self.value is not None:
            lines.append(f"  value: {self.value}")
        return "\n".join([*lines, f"  do:    {self.next_step}"])

    @classmethod
    def together(cls, errors: Sequence[BonitasError]) -> BonitasError:
        """One error that says all of them, so that a reader corrects everything in one go.

        >>> errors = [BonitasError(what, where="a.yaml", next_step="Correct it.") for what in ("One.", "Two.")]
        >>> print(BonitasError.together(errors))
        2 mistakes.
        One.
          where: a.yaml
          do:    Correct it.
        Two.
          where: a.yaml
          do:    Correct it.
        """
        first, *rest = [part for one in errors for part in one.parts()]
        if not rest:
            return first
        made = type(first)(
            first.what, where=first.where, value=first.value, next_step=first.next_step
        )
        made.also = tuple(rest)
        return made

    def parts(self) -> list[BonitasError]:
        """The errors this one is made of; usually itself alone."""
        return [self._same(), *self.also] if self.also else [self]

    def _same(self) -> BonitasError:
        return type(self)(self.what, where=self.where, value=self.value, next_step=self.next_step)


class ConfigError(BonitasError):
    """A config file, a key in it, or a combination of keys that cannot be used."""

    @classmethod
    def from_unknown(cls, kind: str, name: str, legal: Iterable[str], *, where: str) -> ConfigError:
        """An unknown name, with the nearest ones and, where they are few, all that would have been legal.

        >>> print(ConfigError.from_unknown("portfolio", "dmo", ["ibm_ar", "demo"], where="--portfolio"))
        Unknown portfolio 'dmo'.
          where: --portfolio
          do:    Did you mean 'demo'? Legal: demo, ibm_ar.
        >>> print(ConfigError.from_unknown("gate", "PD-ZZ", ["PD-C1", "PD-X2"], where="configs/gates.yaml").next_step)
        Legal: PD-C1, PD-X2.
        """
        names = sorted(legal)
        is_short = len(names) <= MAX_LISTED
        # codes share their first letters: three of five are alike in any two gates
        cutoff = 0.65 if kind == "gate" else 0.5
        near = difflib.get_close_matches(name, names, n=1 if is_short else 5, cutoff=cutoff)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        if len(near) > 1:
            hint += f"Also near: {', '.join(near[1:])}. "
        known = f"Legal: {', '.join(names)}." if is_short else f"{len(names)} names are legal."
        known = known if names else "There is none."
        return cls(f"Unknown {kind} '{name}'.", where=where, next_step=f"{hint}{known}")


class SourceError(BonitasError):
    """The portfolio's source cannot be read: a file, a database, a mapping."""


class ContractError(BonitasError):
    """A table that does not keep its contract: a column, a type, a missing value, no rows."""


class GrainError(ContractError):
    """A table with more than one row for a key of its grain."""

    @classmethod
    def from_duplicates(
        cls, table: str, key: Sequence[str], n_rows: int, example: object
    ) -> GrainError:
        """Rows that share a key of the grain.

        >>> print(GrainError.from_duplicates("invoices", ["invoice_id"], 2, "I-7"))
        2 rows of invoices share a key that must be unique: (invoice_id).
          where: invoices
          value: I-7
          do:    Keep one row per (invoice_id) in the SELECT of invoices.
        """
        grain = f"({', '.join(key)})"
        return cls(
            f"{n_rows} rows of {table} share a key that must be unique: {grain}.",
            where=table,
            value=example,
            next_step=f"Keep one row per {grain} in the SELECT of {table}.",
        )


class RuleError(BonitasError):
    """A validation rule that stops the run, or whose share of broken rows is above its tolerance."""


class SplitError(BonitasError):
    """A split that would train on outcomes that were not final, or leave a part unusable."""


class TrainingError(BonitasError):
    """Data on which no model can be fitted, such as a single class."""


class StudyError(BonitasError):
    """The study of a search that cannot be opened, or that belongs to other data."""


class BundleError(BonitasError):
    """A model bundle that is incomplete, altered, or asked for columns it does not know."""


class RegistryError(BonitasError):
    """The registry cannot give or take a version, such as a portfolio without a champion."""
