"""What reasons say in general, in both languages. What they say of one feature stands in the feature's declaration.

Reasons are data (`data/scored/reasons.parquet`), not a page: their words stand here, so that a page may be reworded
without explaining the book again.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """Of one language; `{wording}` is what a feature measures, `{n}` a number.

    Attributes:
        no_statement: nothing at all is known from financial statements.
        not_in_statement: a statement is on file, but what it says does not give the feature.
        no_payments: nothing was paid within the longest window that lateness is looked at in; `{n}` are its days.
        unknown: missing for any other cause.
        peers: whose the typical value is: healthy customers of its own industry.
        every_peer: the same, of all industries.
        strength: what speaks for it: `{wording}`, its `{value}`, and the `{typical}` one of its `{peers}`.
        colon: stands between what a rank is and what it ranks.
        context: what is known of a customer and no reason: `{wording}` and its `{value}`.
        no_typical: stands for a typical value that is not known.
        days: one day, several days.
        months: one month, several months.
        points: one percentage point, several.
    """

    no_statement: str
    not_in_statement: str
    no_payments: str
    unknown: str
    no_typical: str
    peers: str
    every_peer: str
    strength: str
    colon: str
    context: str
    days: tuple[str, str]
    months: tuple[str, str]
    points: tuple[str, str]

    def counted(self, number: str, unit: str) -> str:
        r"""A written number with its unit where that is a word, the number alone where it is not.

        >>> ENGLISH.counted("1", "days"), ENGLISH.counted("0.5", "days"), CHINESE.counted("21", "months")
        ('1 day', '0.5 days', '21个月')
        >>> ENGLISH.counted("\N{MINUS SIGN}1", "days")
        '−1 day'
        """
        if unit not in COUNTED:
            return number
        forms: tuple[str, str] = getattr(self, COUNTED[unit])
        return forms[number.lstrip("\N{MINUS SIGN}") != "1"].replace("{n}", number)


COUNTED = {"days": "days", "months": "months", "percentage_points": "points"}
"""Units that are words, and the attribute that has them."""
ENGLISH = Phrases(
    no_statement="No financial statement is on file.",
    not_in_statement="Cannot be worked out from the financial statements on file: {wording}.",
    no_payments="No payment from it is on record for the last {n} days.",
    unknown="Not known: {wording}.",
    no_typical="not known",
    peers="healthy customers in its industry",
    every_peer="healthy customers of all industries",
    strength="{wording}: {value}; {peers}: {typical}.",
    colon=": ",
    context="{wording}: {value}",
    days=("{n} day", "{n} days"),
    months=("{n} month", "{n} months"),
    points=("{n} percentage point", "{n} percentage points"),
)
CHINESE = Phrases(
    no_statement="没有存档的财务报表。",
    not_in_statement="根据存档财务报表无法算出：{wording}。",
    no_payments="近{n}天没有付款记录。",
    unknown="未知：{wording}。",
    no_typical="未知",
    peers="同行业健康客户",
    every_peer="所有行业健康客户",
    strength="{wording}：{value}；{peers}：{typical}。",
    colon="：",
    context="{wording}：{value}",
    days=("{n}天", "{n}天"),
    months=("{n}个月", "{n}个月"),
    points=("{n}个百分点", "{n}个百分点"),
)
