"""UP-Q4: feeds that ended are told, and of which it cannot be known yet is said with the months it takes."""

from __future__ import annotations

from datetime import date

import pandas as pd

from contracts.documents.data_quality import DataQuality, Heard, InDoubt, RuleFinding
from contracts.documents.monitoring import MonitoringFinding
from models.upkeep.feeds import feed_finding, feeds
from models.upkeep.watched import Watched
from reports.locale.catalogue import LANGUAGES, say

FEATURES = [{"name": "attributes_payment_index", "dtype": "number", "direction": -1, "levels": None}]  # fmt: skip
SEEN = Watched({}, FEATURES, {}, pd.DataFrame(), pd.DataFrame(), [], 12, 10)


def heard(kind: str, days: int, told_after: int | None, *, is_silent: bool = False) -> Heard:
    return Heard(kinds=(kind,), last=date(2025, 12, 31), days=days, news=20, usual=9.0, told_after=told_after, false_a_year=None if told_after is None else 0.04, is_silent=is_silent)  # fmt: skip


def finding(table: str, rule: str, *feeds: Heard) -> RuleFinding:
    return RuleFinding(
        code=rule, subject=table, outcome="passed", value=0.0, threshold=1.0, severity="report", title_en="", title_zh="", remedy_en="",
        remedy_zh="", is_estimate=True, broken=0, amount=None, done="clean", is_beyond=False, examples=(), previous=None, heard=feeds,
    )  # fmt: skip


def delivery(*rules: RuleFinding) -> DataQuality:
    return DataQuality(portfolio="p", delivery="d", complete_until="2026-06-30", currency="EUR", stopped_by=(), tables=(), previous=None, in_doubt=InDoubt(defaults=0.5, money=0.25), rules=rules)  # fmt: skip


def told(*rules: RuleFinding) -> MonitoringFinding:
    listed = feeds(SEEN, delivery(*rules))
    found = feed_finding(SEEN, listed)
    assert {one.kinds: one.state for one in listed if one.state == "silent"}.keys() == {one.kinds for rule in rules for one in rule.heard if one.is_silent}  # fmt: skip
    assert all(say(language, one, dict(found.values)) for language in LANGUAGES for one in (found.entry, "UP-Q4.title"))  # fmt: skip
    return found


def test_a_feed_that_ended_is_told_and_one_that_may_have_is_not_called_fine() -> None:
    going = finding("events", "kind_ends_early", heard("legal_action", 3, 90))
    assert (told(going).entry, told(going).action, told(going).values["feeds"]) == ("UP-Q4.passed", "nothing", 1)  # fmt: skip  # noqa: PD011 - a finding's
    # 200 days, of which the one rule tells after 410 and the other after 263: 63 days are three months more; and one that came too seldom
    seldom = finding("events", "defaults_may_have_ended", heard("ceased_trading", 200, 263), heard("insurer_claim", 900, None))  # fmt: skip
    both = told(going, finding("events", "defaults_end_early", heard("ceased_trading", 200, 410)), seldom)  # fmt: skip
    assert (both.entry, both.action, both.outcome) == ("UP-Q4.passed_untold", "nothing", "passed")
    assert both.values["untold"] == ("events: ceased_trading (3)", "events: insurer_claim (–)")  # noqa: PD011 - a finding's
    assert both.values["feeds"] == 3  # noqa: PD011 - a finding's
    ended = finding("attributes", "kind_ends_early", heard("attributes", 1, 40), heard("payment_index", 181, 40, is_silent=True))  # fmt: skip
    found = told(going, seldom, ended)
    assert (found.entry, found.action, found.value) == ("UP-Q4.failed_untold", "watch", 1.0)
    assert found.values["named"] == ("attributes: payment_index (2025-12-31)",)  # noqa: PD011 - a finding's
    assert [one.feature for one in found.inputs] == ["attributes_payment_index"]
    assert told(ended).entry == "UP-Q4.failed"
    assert told().outcome == "not_applicable"


def test_no_more_than_a_few_are_named() -> None:
    many = finding("fx_rates", "kind_ends_early", *(heard(f"C{number}", 60 + number, 50, is_silent=True) for number in range(9)))  # fmt: skip
    assert told(many).values["named"] == (*(f"fx_rates: C{number} (2025-12-31)" for number in (8, 7, 6, 5, 4)), "+ 4")  # fmt: skip  # noqa: PD011


def test_each_feed_is_told_as_what_it_is() -> None:
    """Silent where a rule says so; going on within a month; else untold with the months it takes, or too seldom to be told at all."""
    soon, late = heard("write_off", 41, 129), heard("write_off", 41, 178)
    rules = (
        finding("events", "defaults_end_early", late, heard("insolvency", 31, 92), heard("ceased_trading", 32, None)),
        finding("events", "defaults_may_have_ended", soon, heard("insurer_claim", 286, 239, is_silent=True)),
        finding("events", "kind_ends_early", heard("legal_action", 400, 124, is_silent=True), heard("payment_plan", 0, None)),
    )  # fmt: skip
    found = {one.kinds[0]: one for one in feeds(SEEN, delivery(*rules))}
    assert list(found) == ["legal_action", "insurer_claim", "write_off", "ceased_trading", "insolvency", "payment_plan"]  # fmt: skip
    states = {name: (one.state, one.months) for name, one in found.items()}
    assert states == {
        "legal_action": ("silent", None), "insurer_claim": ("silent", None), "write_off": ("untold", 3), "ceased_trading": ("seldom", None),
        "insolvency": ("goes_on", None), "payment_plan": ("goes_on", None),
    }  # fmt: skip
    assert {name for name, one in found.items() if one.is_default} == {"insurer_claim", "write_off", "ceased_trading", "insolvency"}  # fmt: skip
    assert found["write_off"].told_after == 129
