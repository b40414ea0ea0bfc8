"""The catalogue of faults and that of rules cover each other, and the page is the catalogue."""

from __future__ import annotations

import pytest

from contracts import errors
from contracts.errors import BonitasError, ConfigError
from contracts.tables.raw import RAW_TABLES
from pipelines import ROOT
from quality.faults.catalogue import EVERY, FAULTS, FILE_FAULTS, find, table_of
from quality.faults.document import PAGE, claimants, describe
from quality.rules.catalogue import RULES

# A consequence: the row itself is sound, its customer, its invoice or the payments or documents of a month are not there, or the
# invoices beside it were redated (`invoices_redated`, which strikes them all). And a
# habit, which is no fault. And settings that do not fit the delivery (complete_until, reporting_currency): no row is at fault;
# test_series.py and test_rules.py have them.
NO_FAULT = {
    "data_ends_early",
    # of a feed as a whole: test_feeds.py
    "defaults_end_early",
    "defaults_may_have_ended",
    "kind_ends_early",
    "own_rate_not_one",
    "parent_row_quarantined",
    "belongs_to_a_row_set_aside",
    "open_in_a_missing_month",
    "cancelled_in_a_missing_month",
    "credited_on_day_of_migration",
    "discount_not_stated",
    "held_back_not_stated",
    "late_below_materiality",
    "billed_below_materiality",
    "default_event_set_aside",
    # of a house or an extract as a whole: tests/unit/quality/rules/test_houses.py
    "paid_in_equal_parts",
    "progress_not_subtracted",
    "cancelled_when_overdue",
    "paid_early_at_one_age",
    "open_items_alone",
    "begins_with_open_items",
    "due_when_issued",
    "opened_anew",
    # test_customs.py
    "paid_after_default_by_habit",
    "late_and_billed_on",
    "billed_again_when_overdue",
    # test_anew.py
    "billed_again_when_bounced",
    "due_day_moved",
    "carried_in_one_sum",
    "cleared_late_and_left",
    "paid_by_a_factor",
    "paid_on_while_in_default",
    # test_twice.py
    "accrued_and_taken_back",
    "cancelled_together_when_overdue",
    "credit_applied_twice",
    "credit_notes_left_lying",
    "due_when_paid",
    "insolvent_and_paying",
    "kept_in_hundredths",
    "limit_far_below_usual",
    "nobody_left_before",
    "paid_on_the_day_of_its_invoice",
    "payments_known_in_one_load",
    "rate_of_the_other_direction",
    "rest_billed_when_paid",
    "return_read_as_payment",
    "settled_without_money",
    "tolerated_though_a_fifth_is_left",
    "transfer_on_each_invoice",
    "begins_after_the_ledger",
    "return_without_its_invoice",
    "disputed_by_the_clock",
    "on_account_in_another_currency",
    "moved_to_another_account",
    # test_agreed.py
    "paid_from_the_months_end",
    "open_items_dated_anew",
    # test_closing.py
    "closed_at_one_lateness",
    "paid_on_account_and_left",
    "billed_again_in_one_sum",
    "paid_in_parts_before_due",
    "paid_on_the_periods_first_day",
    "paid_on_the_periods_last_day",
    "revalued_at_month_ends",
    "settled_above_materiality",
    # test_promises.py
    "paid_again_as_it_came_back",
    "opened_again_when_dishonoured",
    "closed_long_before_due",
    "left_in_credit",
    "dated_after_its_number",
    "let_go_in_part_and_left",
    "paid_in_several_sums",
    "planned_by_the_clock",
}
TABLES_OF = {rule.name: set(rule.tables) for rule in RULES}


def test_every_rule_has_a_fault_and_every_fault_a_rule() -> None:
    claimed = {claim.rule for fault in FAULTS for claim in fault.claims.values()}
    assert claimed == set(TABLES_OF) - NO_FAULT


def test_every_rule_has_a_fault_at_every_table_it_is_asked_of() -> None:
    claimed = {(c.rule, c.table) for fault in FAULTS for c in fault.claims.values()}
    asked = {
        (rule, table)
        for rule, tables in TABLES_OF.items()
        for table in tables
        if rule not in NO_FAULT and (rule != "illegal_value" or has_legal_values(table))
    }
    assert claimed == asked


def has_legal_values(table: str) -> bool:
    """Whether `illegal_value` has anything to look at there: codes, or numbers of the portfolio's own."""
    contract = RAW_TABLES[table]
    return contract.open_ended or any(column.one_of for column in contract.columns)


def test_file_faults_claim_an_error_of_ingest() -> None:
    for fault in FILE_FAULTS:
        for table, claim in fault.claims.items():
            assert issubclass(getattr(errors, claim.rule), BonitasError)
            assert claim.table == table
            assert table in RAW_TABLES


def test_names_are_unique_and_titles_are_given_in_two_languages() -> None:
    assert len({fault.name for fault in EVERY}) == len(EVERY)
    for fault in EVERY:
        assert fault.title_en[0].isupper()
        assert fault.title_en.isascii()
        assert not fault.title_zh.isascii()
        assert set(fault.claims) <= set(RAW_TABLES)


def test_a_misspelt_fault_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Unknown fault 'payments_redate'") as caught:
        find("payments_redate")
    assert "Did you mean 'payments_redated'?" in str(caught.value)


def test_the_table_is_the_first_delivered_or_the_one_asked_for() -> None:
    fault = find("orphan")
    assert table_of(fault, {"customers", "invoices"}) == "invoices"
    assert table_of(fault, {"customers", "invoices"}, "customers") == "customers"
    with pytest.raises(ConfigError, match="Unknown table 'payments'"):
        table_of(fault, {"customers", "invoices"}, "payments")
    with pytest.raises(ConfigError, match="delivers no table that this fault strikes"):
        table_of(find("paid_twice"), {"customers", "invoices"})


def test_the_page_is_the_catalogue() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == describe(FAULTS, FILE_FAULTS)


def test_claimants_are_told_apart_by_table() -> None:
    assert claimants(find("duplicated_load")) == ["`repeated_row`"]
    assert claimants(find("decimal_point_lost")) == [
        "`amount_far_from_usual` (invoices)",
        "`paid_more_than_invoiced` of invoices (payments)",
    ]
