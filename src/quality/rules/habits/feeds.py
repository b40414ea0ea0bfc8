"""Rules of one kind of row as a feed of its own: others of its table go on, and it has fallen silent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, pvariance

from contracts.config.default import DefaultConfig
from quality.rules.rule import FeedRule, Severity

_MIN_GAPS = 12
"""Fewer gaps between days of news tell no habit."""
_NEWEST_GAPS = 50
"""A habit is that of the newest gaps."""
_MIN_DAYS = 31
_BY_CHANCE = 1e-4
"""A silence this unlikely is no chance: with sixty events a year a book stops once in some two hundred years without reason."""
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


def silence(feed: Feed) -> Silence | None:
    """How long the feed has been silent, where neither chance nor habit explains it; else None.

    Gaps between days of news are taken for Erlang's: the more regular they were, the less a long one is chance; where they came in bursts, the
    bursts are what is counted. The silence must be less likely than one in ten thousand, or three times as long as any gap before it; longer than any
    of them and than a month in any case.

    Source: Erlang's law of the sum of exponential waits, Cox, Renewal Theory (1962), chapter 1.

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
    gaps = [(after - before).days for before, after in zip(feed.days, feed.days[1:], strict=False)]
    if len(gaps) < _MIN_GAPS:
        return None
    lasted = (feed.until - feed.days[-1]).days
    counts = lasted * min(feed.pace, 1.0)
    newest = [float(one) for one in gaps[-_NEWEST_GAPS:]]
    usual = fmean(newest)
    uneven = pvariance(newest) / usual**2
    regular = min(int(1.0 / uneven), _MAX_REGULAR) if uneven > 0 else _MAX_REGULAR
    waited = counts * max(regular, 1) / (usual * max(uneven, 1.0))
    longest = max(gaps)
    is_chance = _erlang(waited, max(regular, 1)) >= _BY_CHANCE and counts <= _TIMES_LONGEST * longest  # fmt: skip
    if counts <= max(_MIN_DAYS, longest) or is_chance:
        return None
    return Silence(feed.days[-1], lasted, usual)


def _erlang(waited: float, shape: int) -> float:
    """Probability that the sum of so many exponential waits of mean 1 lasts longer.

    >>> round(_erlang(2.0, 1), 4), round(_erlang(2.0, 2), 4)   # e^-2, and 3 e^-2
    (0.1353, 0.406)
    """
    terms = [waited**number / math.factorial(number) for number in range(shape)]
    return math.exp(-waited) * sum(terms)


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
)
"""Insolvencies of which nothing was heard for half a year: customers seem to fail no more, while all else goes on."""

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
)
"""Credit notes, disputes, plans, ratings, fees, a bureau's columns, statements or the rates of a currency that ended while the table, or the rest of the delivery, goes on."""
