"""Feeds are called as a controller calls them, in both languages, and their rate of false ends stands on the page of monitoring."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.documents.monitoring import Feed, MonitoringFinding
from contracts.tables.raw import EVENTS, INVOICE_KINDS, PAYMENT_KINDS
from reports.frame import feeds
from reports.locale.catalogue import LANGUAGES

EVENT_KINDS = next(one.one_of for one in EVENTS.columns if one.name == "kind")
JUDGED_BY_MONTH = {"invoice", "payment"}


def feed(table: str, *kinds: str, **values: Any) -> Feed:
    told = {
        "wording_en": None, "wording_zh": None, "is_default": False, "last": date(2026, 1, 31), "days": 60, "usual": 20.0, "told_after": 50,
        "false_a_year": 0.004, "state": "silent", "months": None,
    }  # fmt: skip
    return Feed(table=table, kinds=kinds, **{**told, **values})


EVERY = (
    *(feed("events", one) for one in EVENT_KINDS),
    *(feed("payments", one) for one in PAYMENT_KINDS if one not in JUDGED_BY_MONTH),
    *(feed("invoices", one) for one in INVOICE_KINDS if one not in JUDGED_BY_MONTH),
    *(feed(one, one) for one in ("disputes", "financials", "attributes")),
)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.kinds[0])
def test_every_kind_has_a_name_of_its_own_in_both_languages(one: Feed) -> None:
    english, chinese = (feeds.named(language, one) for language in LANGUAGES)
    assert "_" not in english + chinese
    assert english[0].isupper()
    assert not chinese.isascii()
    others = {feeds.named("en", other) for other in EVERY if other is not one}
    assert english not in others


def test_a_rate_and_a_column_are_named_by_what_they_are_of() -> None:
    assert [feeds.named(one, feed("fx_rates", "CHF")) for one in LANGUAGES] == ["Exchange rate of CHF", "CHF汇率"]  # fmt: skip
    words = {"wording_en": "Bureau payment index", "wording_zh": "征信机构付款指数"}
    assert [feeds.named(one, feed("attributes", "index", **words)) for one in LANGUAGES] == list(words.values())  # fmt: skip
    assert feeds.named("en", feed("attributes", "size_class")) == "Your column size_class"
    joint = feed("events", "insolvency", "write_off")
    assert feeds.named("en", joint) == "All kinds of event that count as default"


def test_what_was_found_names_them_in_each_language() -> None:
    told = (
        feed("events", "write_off", days=200),
        feed("events", "payment_plan", state="untold", months=3),
        feed(
            "events",
            "insurer_claim",
            state="seldom",
            told_after=None,
            usual=None,
            false_a_year=None,
        ),
        feed("fx_rates", "USD", state="goes_on", days=1),
    )
    finding = MonitoringFinding(code="UP-Q4", subject="inputs", outcome="failed", value=1.0, threshold=0.0, values={"feeds": 4, "named": (), "untold": ()}, case="failed_untold", action="watch")  # fmt: skip
    said = str(feeds.text(finding, told))
    assert "Write-off (<time>2026-01-31</time>). Ask the source" in said
    assert (
        "Payment plan (told after 3 months more of silence), Claim to the credit insurer (comes too seldom)."
        in said
    )
    assert "核销" in said
    assert "write_off" not in said
    shown = feeds.table(told)
    assert (shown["n"], [one["tone"] for one in shown["rows"]]) == (4, ["warn", "info", "info", "good"])  # fmt: skip
    assert shown["false_a_year"] == pytest.approx(
        0.012
    )  # of three: of what comes too seldom nothing is told
    many = tuple(feed("fx_rates", f"X{number:02d}") for number in range(40))
    assert (len(feeds.table(many)["rows"]), feeds.table(many)["n"]) == (feeds.MAX_SHOWN, 40)
    assert "X04 (" in str(feeds.text(finding, many)) or "X04汇率" in str(feeds.text(finding, many))
    assert "+ 35" in str(feeds.text(finding, many))
