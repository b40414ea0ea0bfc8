"""Rules of one kind of row as a feed of its own: others of its table go on, and it has fallen silent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import fmean, pvariance

from scipy.special import fdtrc, fdtri

from contracts.config.default import DefaultConfig
from quality.rules.rule import FeedRule, Severity

_MIN_GAPS = 12
"""Fewer gaps between days of news tell no habit."""
_NEWEST_GAPS = 50
"""A habit is that of the newest gaps."""
_MIN_DAYS = 31
_DAYS_OF_YEAR = 365.25
_STOPS, _TELLS = 1 / 200, 1 / 10
"""How often a year a kind that goes on may be taken for one that ended: where the run stops, or where it is the others; and where it is told and no more."""
_MAX_CHANCE = 0.1
"""A kind that came once in a year or less is not called ended at a silence that one gap in ten exceeds."""
_TIMES_LONGEST = 3
"""A season's gap comes again; what lasts three of the longest is none."""
_MAX_REGULAR = 16
"""A feed that comes on the first of every month is taken to be a little less regular than it is."""
_JUDGED_BY_MONTH = frozenset({"invoice", "payment"})
"""`data_ends_early` counts them."""
BACK = "reversal"
"""A kind of payment without which money that went back counts as paid."""


@dataclass(frozen=True, slots=True)
class Feed:
    """When something was heard of one kind.

    Attributes:
        table: of the rows.
        kinds: of them; several where they are looked at as one.
        days: on which a row became known, each once, in order, none after `until`.
        until: last day the delivery is complete for.
        pace: of what may bring such news, since the last of it: days on which half as much was at risk count half.
    """

    table: str
    kinds: tuple[str, ...]
    days: Sequence[date]
    until: date
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed that has ended.

    Attributes:
        last: the last day on which something was heard.
        days: from then to the last complete day.
        usual: days from one to the next, in the mean.
    """

    last: date
    days: int
    usual: float

    @property
    def rows(self) -> int:
        """How many days of news are probably missing; one at least."""
        return max(round(self.days / self.usual), 1)


def silence(feed: Feed, false_a_year: float = _STOPS) -> Silence | None:
    """How long the feed has been silent, where neither chance nor habit explains it; else None.

    Args:
        feed: of one kind, or of several that are looked at as one.
        false_a_year: how often a year a feed that goes on may be taken for one that ended; see `patience`.

    >>> from datetime import timedelta
    >>> weekly = [date(2024, 1, 1) + timedelta(days=7 * number) for number in range(40)]
    >>> found = silence(Feed("events", ("insolvency",), weekly, date(2024, 11, 30)))
    >>> str(found.last), found.days, found.usual, found.rows
    ('2024-09-30', 61, 7.0, 9)
    >>> silence(Feed("events", ("insolvency",), weekly, date(2024, 10, 20))) is None   # three weeks
    True
    >>> silence(Feed("events", ("insolvency",), weekly, date(2024, 11, 30), pace=0.3)) is None   # hardly anything was at risk
    True
    >>> silence(Feed("events", ("insolvency",), weekly[:10], date(2024, 11, 30))) is None   # no habit is known
    True
    """
    waited, until_told = (feed.until - feed.days[-1]).days if feed.days else 0, told_after(feed, false_a_year)  # fmt: skip
    if until_told is None or waited < until_told:
        return None
    return Silence(feed.days[-1], waited, usual_gap(feed.days))


def told_after(feed: Feed, false_a_year: float) -> int | None:
    """From how many days of silence on the feed is told to have ended, at the pace of what may bring its news; None where that cannot be told.

    >>> from datetime import timedelta
    >>> weekly = [date(2024, 1, 1) + timedelta(days=7 * number) for number in range(40)]
    >>> [told_after(Feed("payments", ("reversal",), weekly, date(2024, 11, 30), pace), 1 / 200) for pace in (1.0, 0.5, 0.0)]
    [32, 64, None]
    """
    after = patience(feed.days, false_a_year)
    if after is None or feed.pace <= 0:
        return None
    return after if feed.pace >= 1 else math.ceil(after / feed.pace)


def usual_gap(days: Sequence[date]) -> float:
    """Days from one day of news to the next, in the mean of the newest gaps.

    >>> usual_gap([date(2024, 1, 1), date(2024, 1, 11), date(2024, 1, 31)])
    15.0
    """
    return fmean(_gaps(days)[-_NEWEST_GAPS:])


def patience(days: Sequence[date], false_a_year: float) -> int | None:
    """From how many days of silence on a feed is told to have ended; None where it came on too few days for a habit to be known.

    Gaps between days of news are taken for Erlang's, the sum of k exponential waits: the more regular they were, the greater k, and the less a long one
    is chance; where they came in bursts, the bursts are what is counted. A new gap over the mean of n known ones is then F-distributed with 2k and 2nk
    degrees of freedom, which counts in that the mean is known from n gaps alone. A gap is asked as it grows and tells at most once, so with 365 / m gaps
    a year a probability of `false_a_year` x m / 365 for each is one false end in 1 / `false_a_year` years. Whatever is three times as long as any gap
    before it is told as well; nothing is that is no longer than the longest of them, or than a month.

    Args:
        days: of news, each once and in order.
        false_a_year: how often a year a feed that goes on may be told to have ended.

    Source: Erlang's law, and the ratio of two of them, Cox, Renewal Theory (1962), chapter 1, and Cox and Lewis, The Statistical Analysis of Series of
    Events (1966), chapter 9.

    >>> from datetime import timedelta
    >>> kept = [date(2020, 1, 1) + timedelta(days=gap) for gap in (0, 10, 70, 75, 130, 140, 200, 201, 260, 300, 310, 390, 391, 420)]
    >>> patience(kept, 1 / 200)   # three times the longest, of 80 days, is over
    241
    >>> patience(kept, 1 / 10)   # 32.3 days in the mean: above 5.70 of them F(2, 26) lies with 8.8e-3
    185
    >>> patience(kept[:5], 1 / 10) is None
    True
    """
    habit = _habit(days)
    if habit is None:
        return None
    likely = min(false_a_year * habit.usual / _DAYS_OF_YEAR, _MAX_CHANCE)
    by_chance = min(habit.exceeded_with(likely), _TIMES_LONGEST * habit.longest)
    return math.floor(max(by_chance, habit.longest, _MIN_DAYS)) + 1


def false_ends(days: Sequence[date], false_a_year: float) -> float:
    """How often a year, at most, a feed that goes on as it did is told to have ended; 0 where none ever is.

    The spread of its gaps is doubted, so fewer are. It is the rate that `patience` asks for where chance alone sets its bound, less where the longest
    gap or the month does, more where three times the longest does.

    >>> from datetime import timedelta
    >>> kept = [date(2020, 1, 1) + timedelta(days=gap) for gap in (0, 10, 70, 75, 130, 140, 200, 201, 260, 300, 310, 390, 391, 420)]
    >>> round(false_ends(kept, 1 / 10), 3)   # 11.3 gaps a year, of which 8.7e-3 last 185 days
    0.098
    >>> daily = [date(2020, 1, 1) + timedelta(days=number) for number in range(400)]
    >>> false_ends(daily, 1 / 10) < 1e-9   # never a month
    True
    """
    habit, after = _habit(days), patience(days, false_a_year)
    if habit is None or after is None:
        return 0.0
    return habit.chance_of(after) * _DAYS_OF_YEAR / habit.usual


@dataclass(frozen=True, slots=True)
class _Habit:
    """How the gaps between days of news are spread: see `patience`.

    Attributes:
        usual: mean of the newest gaps, days.
        regular: of Erlang's law, the waits that a gap is the sum of.
        bursts: gaps that come together, in the mean.
        gaps: how many it is known from.
        longest: of all gaps.
    """

    usual: float
    regular: int
    bursts: float
    gaps: int
    longest: int

    @property
    def _degrees(self) -> tuple[float, float]:
        return 2.0 * self.regular, 2.0 * self.regular * self.gaps / self.bursts

    def exceeded_with(self, chance: float) -> float:
        """Days that a gap exceeds with this probability."""
        return float(fdtri(*self._degrees, 1.0 - chance)) * self.usual * self.bursts

    def chance_of(self, days: int) -> float:
        """Probability of a gap of so many days or more."""
        return float(fdtrc(*self._degrees, days / (self.usual * self.bursts)))


def _habit(days: Sequence[date]) -> _Habit | None:
    gaps = _gaps(days)
    if len(gaps) < _MIN_GAPS:
        return None
    newest = gaps[-_NEWEST_GAPS:]
    usual = fmean(newest)
    uneven = pvariance(newest) / usual**2
    # a variance told from n gaps may be too small by sqrt(2 / n) of itself
    doubted = uneven * (1.0 + math.sqrt(2.0 / len(newest)))
    regular = max(min(int(1.0 / doubted), _MAX_REGULAR), 1) if doubted > 0 else _MAX_REGULAR
    return _Habit(usual, regular, max(uneven, 1.0), len(newest), max(gaps))


def _gaps(days: Sequence[date]) -> list[int]:
    return [(after - before).days for before, after in pairwise(days)]


def _is_default(table: str, kind: str, default: DefaultConfig) -> bool:
    return (table == "events" and kind in default.events) or (table == "payments" and kind == BACK)


def _is_other(table: str, kind: str, default: DefaultConfig) -> bool:
    return kind not in _JUDGED_BY_MONTH and not _is_default(table, kind, default)


def newest_of(days: Sequence[date], until: date) -> list[date]:
    """The days that count, each once and in order: none after the last complete one, which other rules find.

    >>> one, nine = date(2024, 1, 1), date(2024, 1, 10)
    >>> newest_of([one, one, nine], one) == [one]
    True
    """
    return sorted({day for day in days if day <= until})


defaults_end_early = FeedRule(
    "defaults_end_early",
    ("events", "payments"),
    Severity.STOP,
    0.0,
    (
        "A kind of event that counts as default, or returned payments, ended before complete_until",
        "某类计为违约的事件或退回付款在 complete_until 之前已中断",
    ),
    (
        "Deliver what came after the last one, or set complete_until to its day; where the source has ended for good, leave the kind out of the SELECT and of default.events, so that it counts in no year (returned payments stay: without them who failed has paid). Where there were none indeed, as under a moratorium, set the tolerance of this rule",
        "请补交其后的记录，或将 complete_until 设为最后一条记录的日期；若该来源已永久终止，请在 SELECT 与 default.events 中去掉该类别，使其在任何年份都不计入（退回付款除外：去掉后未付款者看似已付款）。若确实没有（如暂停破产申请期间），请设置该规则的容忍度",
    ),
    _is_default,
    _STOPS,
    is_joint=True,
)
"""Insolvencies of which nothing was heard for half a year: customers seem to fail no more, while all else goes on."""

defaults_may_have_ended = FeedRule(
    "defaults_may_have_ended",
    ("events", "payments"),
    Severity.REPORT,
    1.0,
    (
        "A kind that counts as default has been silent for longer than chance explains once in ten years",
        "某类计为违约的记录已中断，其时长按偶然性约十年一遇",
    ),
    (
        "Ask the source whether there were none since, or whether its feed has ended; if it has, customers who default are counted as good from the last one on",
        "请向数据来源确认此后确无记录，还是供数已中断；若已中断，自最后一条记录起违约客户会被计为正常",
    ),
    _is_default,
    _TELLS,
    is_joint=True,
)
"""Rare kinds of default: what stops the run would take more than a year of silence, so that less is told and stops nothing."""

kind_ends_early = FeedRule(
    "kind_ends_early",
    ("events", "payments", "invoices", "disputes", "attributes", "financials", "fx_rates"),
    Severity.REPORT,
    1.0,
    (
        "A kind of row ended before complete_until, while others of the delivery go on",
        "某一类记录在 complete_until 之前已中断，而其他数据仍在继续",
    ),
    (
        "Ask the source whether there were none since, or whether its feed has ended; without credit notes, disputes or payment plans customers seem late who are not, and an index, a statement or a rate that nobody renews is taken to stand",
        "请向数据来源确认此后确无记录，还是供数已中断；缺少贷项凭证、争议或还款计划时，未逾期的客户会显得逾期；指数、报表或汇率若不再更新，则沿用旧值",
    ),
    _is_other,
    _STOPS,
)
"""Credit notes, disputes, plans, ratings, fees, a column of the portfolio's own, statements or the rates of a currency that ended while the table, or the rest of the delivery, goes on."""
