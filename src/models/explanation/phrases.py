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
        not_in_statement: a statement is on file, but lacks what the feature needs.
        no_payments: the ledger has nothing to judge it by.
        unknown: missing for any other cause.
        no_typical: stands for a typical value that is not known.
        days: one day, several days.
        months: one month, several months.
    """

    no_statement: str
    not_in_statement: str
    no_payments: str
    unknown: str
    no_typical: str
    days: tuple[str, str]
    months: tuple[str, str]

    def counted(self, number: str, unit: str) -> str:
        r"""A written number with its unit where that is a word, the number alone where it is not.

        >>> ENGLISH.counted("1", "days"), ENGLISH.counted("0.5", "days"), CHINESE.counted("21", "months")
        ('1 day', '0.5 days', '21个月')
        >>> ENGLISH.counted("\N{MINUS SIGN}1", "days")
        '−1 day'
        """
        forms = {"days": self.days, "months": self.months}.get(unit)
        if forms is None:
            return number
        return forms[number.lstrip("\N{MINUS SIGN}") != "1"].replace("{n}", number)


ENGLISH = Phrases(
    no_statement="No financial statement is on file.",
    not_in_statement="Not reported in the financial statements on file: {wording}.",
    no_payments="Not known, for lack of payment history: {wording}.",
    unknown="Not known: {wording}.",
    no_typical="not known",
    days=("{n} day", "{n} days"),
    months=("{n} month", "{n} months"),
)
CHINESE = Phrases(
    no_statement="没有存档的财务报表。",
    not_in_statement="存档财务报表未列示：{wording}。",
    no_payments="缺少付款记录，无法得知：{wording}。",
    unknown="未知：{wording}。",
    no_typical="未知",
    days=("{n}天", "{n}天"),
    months=("{n}个月", "{n}个月"),
)
