"""Faults of credit events and disputes: days, scales and sources."""

from __future__ import annotations

from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import between


@fault(
    {"events": "announced_before_it_happened"},
    en="Events carry the day they take effect, after the day they were announced",
    zh="事件日期为公告之后的生效日",
)
def effective_after_announced(_sheet: Sheet) -> Strike:
    """An insolvency that is opened on the first of the next month."""
    return Strike({"occurred_on": f"r.known_on + {between(1, 40)}"})


@fault(
    {"events": "plan_without_last_date"},
    en="The last day of payment plans is written as it is printed",
    zh="还款计划的最后日期按打印格式书写",
    note="payment plans; 31.01.2024 for 2024-01-31, or the number of instalments",
)
def plans_dated_as_printed(_sheet: Sheet) -> Strike:
    """Text that a person understands, and no query."""
    return Strike(
        {
            "detail": "CASE r.\".die\" % 2 WHEN 0 THEN strftime(CAST(r.detail AS DATE), '%d.%m.%Y') ELSE '6 instalments' END"
        },
        where="r.kind = 'payment_plan' AND TRY_CAST(r.detail AS DATE) IS NOT NULL",
    )


@fault(
    {"events": "rating_of_another_scale"},
    en="External ratings are of another scale",
    zh="外部评级采用另一套等级",
    note="ratings; BBB becomes Baa2",
)
def ratings_of_another_scale(_sheet: Sheet) -> Strike:
    """Of Moody's grades only Aaa and Aa are spelt like those of the others."""
    return Strike(
        {"detail": "left(r.detail, 1) || repeat('a', length(r.detail) - 1) || '2'"},
        where="r.kind = 'external_rating'",
    )


@fault(
    {"events": "event_told_before"},
    en="Two bureaus delivered the same event",
    zh="两家征信机构报告了同一事件",
    note="insolvencies, ceased trading, legal action and insurer's claims; the second one days later, under a number of its own",
)
def told_by_two_bureaus(_sheet: Sheet) -> Strike:
    """Each numbers its records itself, and one reads the gazette a week later."""
    last = "(SELECT max(known_on) FROM events)"
    return Strike(
        {"event_id": "r.event_id || '-B'", "known_on": f"r.known_on + {between(1, 14)}"},
        where="r.kind IN ('insolvency', 'ceased_trading', 'legal_action', 'insurer_claim') "
        f"AND r.known_on + 14 <= {last}",
        deed=Deed.ADDED,
    )


@fault(
    {"disputes": "dispute_open_for_a_year"},
    en="Disputes were never closed",
    zh="争议从未结案",
    note="disputes opened more than a year before the last one",
)
def disputes_never_closed(_sheet: Sheet) -> Strike:
    """It ended without an outcome, and nobody had a code for that."""
    return Strike(
        {"closed_on": "NULL"}, where="r.opened_on + 366 <= (SELECT max(opened_on) FROM disputes)"
    )
