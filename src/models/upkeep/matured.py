"""Outcomes that a new calibration may learn from: those that the champion has not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.calendar import newest_months
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.recalibration import Cohort
from contracts.tables.derived import KEY
from models.base.losses import log_odds
from models.measures.followed import followed
from models.measures.outlook import Learned, forecast, outlook
from models.registry.champion import Champion
from models.upkeep.ahead import Ahead
from models.upkeep.hazards import Followed
from models.upkeep.held_back import is_judged
from models.upkeep.ladder import Evidence, Unlearned
from models.upkeep.open_months import chosen, monthly, shown
from models.upkeep.since import fitted_until, level_learned
from models.upkeep.watched import Watched, follow, watched


@dataclass(frozen=True, slots=True)
class Matured:
    """The outcomes that are looked at, scored by the champion: final ones, or where too few of those are new, open ones.

    Attributes:
        rows: key, features, defaulted, margin, pd; of open outcomes one row a customer and month, `defaulted` before the next day of decision.
        seen_at_registration: whether the champion's test part had them (never its training or calibration).
        since: customer_id, as_of, pd, defaulted of every day of decision since the champion's calibration, matured or not.
        horizon_months: of the outcome.
        learned: until when defaults have told the level in use, and what is left of it; None: those of its calibration alone did.
        absent: inputs of the champion that are not delivered; no outcome counts then.
        months: every customer followed month by month since the level in use was set; None where days of default are not known, or no month has passed.
        is_open: whether these months are what is looked at.
        registered: rows of the days of the registration sample, scored; None where they are not known.
    """

    rows: pd.DataFrame
    seen_at_registration: bool
    since: pd.DataFrame
    horizon_months: int
    learned: Learned | None = None
    absent: tuple[str, ...] = ()
    months: Followed | None = None
    is_open: bool = False
    registered: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def evidence(self) -> Evidence:
        """Outcomes beside the champion's calibrated log-odds; of open ones beside those of the month's hazard, and the level alone is asked of them."""
        if self.is_open and self.months is not None:
            of, hit = self.months.hazard, self.months.defaulted
            return Evidence(log_odds(of), hit, self.rows["customer_id"].to_numpy(), Unlearned(int(hit.sum()), 0))  # fmt: skip
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

    @property
    def newest(self) -> date:
        """The newest day of decision; there has to be one."""
        return pd.Timestamp(self.since["as_of"].max()).date()

    def ahead(self, config: RecalibrateConfig, *, judged: bool | None = None) -> Ahead | None:
        """What all outcomes, or those of the half of the customers that judges or that teaches, say of the year to come; None where nothing does."""
        newest = self.since["as_of"].max()
        odds = log_odds(self.since.loc[self.since["as_of"] == newest, "pd"].to_numpy(np.float64))
        if self.is_open and self.months is not None:
            part = chosen(self.months, judged=judged)
            found = forecast(monthly(part), newest.date(), self.horizon_months, config, self.learned)  # fmt: skip
        else:
            rows = self.since
            if judged is not None:
                rows = rows[is_judged(rows["customer_id"].to_numpy()) == judged]
            late = outlook(rows, self.horizon_months, config, self.learned)
            if late is None:
                return None
            found = late
        return Ahead(found, odds, None if self.months is None else shown(self.months, config))

    def may_speak(self, config: RecalibrateConfig) -> bool:
        """Whether it is for want of defaults alone, and not of a steady timing, that open outcomes do not count."""
        months = self.months
        return months is None or months.steady.holds or int(months.seen.sum()) < config.min_defaults_offset  # fmt: skip

    def new_defaults(self, config: RecalibrateConfig) -> int:
        """Defaults that the level in use has not learned from: final ones, or where these are too few all since it was set."""
        counted = self.evidence.counted[0]
        if self.months is None or counted >= config.min_defaults_offset:
            return counted
        return max(counted, int(self.months.seen.sum()))

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
            is_open=self.is_open,
        )


def newly_matured(
    champion: Champion,
    matrix: pd.DataFrame,
    cohort: pd.DataFrame,
    config: RecalibrateConfig,
    entries: pd.DataFrame | None = None,
) -> Matured:
    """What may be learned from a book; see `matured_of`.

    Args:
        champion: the version in use.
        matrix: key and features.
        cohort: key and `defaulted`, missing until matured.
        config: defaults that a change of level needs.
        entries: customer_id and entered_on, every entry into default; None where not known: then no outcome that is open counts.

    Raises:
        RegistryError: the book ends before the days that the champion has learned from.
    """
    return matured_of(watched(champion, matrix, cohort, entries, config.months, config), config)


def matured_of(seen: Watched, config: RecalibrateConfig) -> Matured:
    """Outcomes the champion was never fitted on, those it was not even tested on where there are enough.

    Fewer defaulted customers than the first step needs after its test part: then the newest `months` of matured
    cohorts after its calibration. Where defaults that were not final yet have told its level, the cohorts since then are
    enough if those customers are: what was counted once is not counted again.

    Where too few final defaults are new, as in the first year of a refitted version, open outcomes count: every customer followed from
    the day the level was set, month by month, beside the part of its PD that falls into the month (`models.upkeep.hazards`). That rests on
    when customers default, which is tested (`models.upkeep.steady`); where that has changed before, they stay uncounted.

    None where an input is not delivered: PDs that lack it would be corrected for its absence.

    Args:
        seen: the book, scored by the version in use.
        config: defaults that a change of level needs.
    """
    reference = seen.reference
    every = seen.current.iloc[:0] if seen.every is None or seen.absent else seen.every
    since = every[every["as_of"] >= fitted_until(reference)].reset_index(drop=True)
    found = _final(reference, since, seen, config)
    months = None if seen.absent else follow(seen)
    found = replace(found, months=months, registered=_between(every, reference))
    if months is None or found.evidence.counted[0] >= config.min_defaults_offset:
        return found
    if int(months.seen.sum()) < config.min_defaults_offset or not months.steady.holds:
        return found
    rows = months.rows.assign(defaulted=months.defaulted)
    return replace(found, rows=rows, seen_at_registration=False, is_open=True)


def _between(every: pd.DataFrame, reference: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of the days of the registration sample."""
    first, until = (pd.Timestamp(reference[one]) for one in ("from", "until"))
    rows: pd.DataFrame = every[(every["as_of"] >= first) & (every["as_of"] < until)]
    return rows


def _final(
    reference: Mapping[str, Any], since: pd.DataFrame, seen: Watched, config: RecalibrateConfig
) -> Matured:
    """The final outcomes alone."""
    rows = since[since["defaulted"].notna()]
    unseen = rows[rows["as_of"] >= pd.Timestamp(reference["until"])]
    learned = level_learned(reference)
    late = unseen if learned is None else unseen[unseen["as_of"] >= pd.Timestamp(learned.until)]
    if _defaulted(late) >= config.min_defaults_offset:
        unseen = late
    enough = _defaulted(unseen) >= config.min_defaults_offset
    if not enough:
        unseen = rows[newest_months(rows["as_of"], config.months)]
    told = since[[*KEY, "pd", "defaulted"]]
    return Matured(unseen.reset_index(drop=True), not enough, told, seen.horizon_months, learned, tuple(seen.absent))  # fmt: skip


def _defaulted(rows: pd.DataFrame) -> int:
    """Customers that defaulted."""
    return int(rows.loc[rows["defaulted"].astype(bool), "customer_id"].nunique())
