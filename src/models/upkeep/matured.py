"""Outcomes that a new calibration may learn from: those that the champion has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from contracts.arrays import Bools
from contracts.calendar import newest_months
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.recalibration import Cohort
from contracts.tables.derived import KEY
from models.base.losses import log_odds
from models.measures.followed import followed
from models.measures.outlook import Learned, outlook
from models.registry.champion import Champion
from models.upkeep.ladder import Ahead, Evidence, Unlearned
from models.upkeep.since import absent_inputs, level_learned, refuse_earlier_book, since_calibration


@dataclass(frozen=True, slots=True)
class Matured:
    """The newest cohorts whose outcome is final, scored by the champion.

    Attributes:
        rows: key, features, defaulted, margin, pd.
        seen_at_registration: whether the champion's test part had them (never its training or calibration).
        since: customer_id, as_of, pd, defaulted of every day of decision since the champion's calibration, matured or not.
        horizon_months: of the outcome.
        learned: until when defaults have told the level in use, and what is left of it; None: those of its calibration alone did.
        absent: inputs of the champion that are not delivered; no outcome counts then.
    """

    rows: pd.DataFrame
    seen_at_registration: bool
    since: pd.DataFrame
    horizon_months: int
    learned: Learned | None = None
    absent: tuple[str, ...] = ()

    @property
    def evidence(self) -> Evidence:
        """Outcomes beside the champion's calibrated log-odds."""
        return Evidence(
            log_odds(self.rows["pd"].to_numpy(np.float64)),
            self.rows["defaulted"].astype(bool).to_numpy(),
            self.rows["customer_id"].to_numpy(),
            self._unlearned(),
        )

    def _unlearned(self) -> Unlearned | None:
        """Defaults that the level in use has not learned from, and customers that defaulted in windows that lie behind them."""
        if self.learned is None:
            return None
        found = followed(self.since, self.horizon_months)
        late = None if found is None else found.after(self.learned.until)
        whole = self.rows[self.rows["as_of"] >= pd.Timestamp(self.learned.until)]
        hit = whole.loc[whole["defaulted"].astype(bool), "customer_id"]
        return Unlearned(0 if late is None else round(late.seen.sum()), int(hit.nunique()))

    def ahead(self, config: RecalibrateConfig, customers: Bools | None = None) -> Ahead | None:
        """What all outcomes, or those of some rows of `since`, say of the year to come; None where none is final."""
        rows = self.since if customers is None else self.since[customers]
        found = outlook(rows, self.horizon_months, config, self.learned)
        newest = self.since["as_of"] == self.since["as_of"].max()
        odds = log_odds(self.since.loc[newest, "pd"].to_numpy(np.float64))
        return None if found is None else Ahead(found, odds)

    def span(self) -> tuple[date, date] | None:
        """The first day of decision and the day after the last; None without rows."""
        days = self.rows["as_of"]
        if days.empty:
            return None
        return days.min().date(), (days.max() + pd.Timedelta(days=1)).date()

    def cohort(self) -> Cohort:
        """Span, rows, customers and customers that defaulted."""
        start, end = self.span() or (None, None)
        return Cohort(
            from_=start,
            until=end,
            rows=len(self.rows),
            customers=int(self.rows["customer_id"].nunique()),
            defaults=self.evidence.defaults,
            seen_at_registration=self.seen_at_registration,
        )


def newly_matured(
    champion: Champion, matrix: pd.DataFrame, cohort: pd.DataFrame, config: RecalibrateConfig
) -> Matured:
    """Outcomes the champion was never fitted on, those it was not even tested on where there are enough.

    Fewer defaulted customers than the first step needs after its test part: then the newest `months` of matured
    cohorts after its calibration. Where defaults that were not final yet have told its level, the cohorts since then are
    enough if those customers are: what was counted once is not counted again.

    None where an input is not delivered: PDs that lack it would be corrected for its absence.

    Raises:
        RegistryError: the book ends before the days that the champion has learned from.
    """
    refuse_earlier_book(champion, matrix)
    since = since_calibration(champion, matrix, cohort)
    return matured_of(champion, since, absent_inputs(champion, matrix), config)


def matured_of(
    champion: Champion, since: pd.DataFrame, absent: Sequence[str], config: RecalibrateConfig
) -> Matured:
    """The same of rows that the champion has scored already.

    Args:
        champion: the version in use.
        since: of `since_calibration`, in the order of its keys.
        absent: inputs of the champion that are not delivered.
        config: defaults that a change of level needs.
    """
    reference = champion.bundle.json("reference.json")
    since = since.iloc[:0] if absent else since
    rows = since[since["defaulted"].notna()]
    unseen = rows[rows["as_of"] >= pd.Timestamp(reference["until"])]
    learned = level_learned(reference)
    late = unseen if learned is None else unseen[unseen["as_of"] >= pd.Timestamp(learned.until)]
    if _defaulted(late) >= config.min_defaults_offset:
        unseen = late
    enough = _defaulted(unseen) >= config.min_defaults_offset
    if not enough:
        unseen = rows[newest_months(rows["as_of"], config.months)]
    horizon = int(champion.bundle.json("contract.json")["horizon_months"])
    told = since[[*KEY, "pd", "defaulted"]]
    return Matured(unseen.reset_index(drop=True), not enough, told, horizon, learned, tuple(absent))


def _defaulted(rows: pd.DataFrame) -> int:
    """Customers that defaulted."""
    return int(rows.loc[rows["defaulted"].astype(bool), "customer_id"].nunique())
