"""Money that counts twice or never came, rests and accruals, credit notes that lie; and clean books that would look like them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.config.portfolio import PortfolioConfig
from quality.delivery import checks
from quality.delivery.finding import Validation
from tests.house_books import CLEAN, days, flagged, invoice, note, payment, tables
from tests.sources_books import PORTFOLIO, Row, Tables, check, clean_book

Pair = tuple[list[Row], list[Row]]


def rests(who: str, *more: int, late: int = 20, same_due: bool = False) -> Pair:
    """Invoices of 400 paid so late in full, and on that day one of so much more or less, which is paid."""
    every, paid = [], []
    for number, other in enumerate(more):
        old = invoice(f"{who}-{number}", who, date(2024, 1 + 3 * number, 10), "400.00")
        day = old["due_on"] + days(late)
        new = invoice(f"{who}-N{number}", who, day + days(30), f"{400 + other}.00")
        new |= {"due_on": old["due_on"]} if same_due else {}
        every += [old, new]
        paid += [payment(f"P{who}{number}", old, day), payment(f"PN{who}{number}", new, day + days(30))]  # fmt: skip
    return every, paid


def taken(who: str, n: int = 2, *, late: int = 30, left: int = 0, later: bool = True) -> Pair:
    """So many invoices of a month that are credited on one day, the first so late; some that are not, and one billed later."""
    every = [
        invoice(f"{who}-{k}", who, date(2024, 3, 1) + days(5 * k), f"{300 + k}.00")
        for k in range(n + left)
    ]
    day = every[0]["due_on"] + days(late)
    notes = [note(f"{who}-G{k}", one, day) for k, one in enumerate(every[:n])]
    after = [invoice(f"{who}-L", who, date(2024, 9, 1), "55.00")] if later else []
    return [*every, *notes, *after], [payment(f"P{who}", one, one["due_on"]) for one in after]


def transferred(who: str, *shares: str) -> Pair:
    """Invoices of 100 and 200 that one payment pays; beside each stands so much."""
    every = [invoice(f"{who}-{k}", who, date(2024, 3, 1), f"{k}00.00") for k in (1, 2)]
    return every, [payment(f"P{who}", one, date(2024, 3, 1), share) for one, share in zip(every, shares, strict=True)]  # fmt: skip


def credited(who: str, n: int = 2, *, after: int = 0, used: bool = False, other: str = "80.00") -> Pair:  # fmt: skip
    """Invoices of 100, each reduced by 20; the rest was paid, and 20 so many days after the credit note."""
    every, paid = [], []
    for number in range(n):
        one = invoice(f"{who}-{number}", who, date(2024, 3 + number, 1), "100.00")
        reduced = note(f"{who}-G{number}", one, one["due_on"] - days(10)) | {"amount": Decimal(20)}
        every += [one, reduced]
        paid += [payment(f"P{who}{number}", one, one["due_on"], other)]
        paid += [payment(f"A{who}{number}", one, reduced["issued_on"] + days(after), "20.00")]
        paid += [payment(f"U{who}{number}", reduced, reduced["issued_on"])] if used else []
    return every, paid


def again(who: str, n: int = 2, *, apart: int = 5, open_: bool = False) -> Pair:
    """Invoices paid twice, and perhaps one more of that amount which nobody paid."""
    every = [invoice(f"{who}-{k}", who, date(2024, 3 + k, 1), "110.00") for k in range(n)]
    paid = [payment(f"P{who}{k}{lag}", one, one["due_on"] + days(lag)) for k, one in enumerate(every) for lag in (0, apart)]  # fmt: skip
    return [*every, *([invoice(f"{who}-U", who, date(2024, 6, 1), "110.00")] if open_ else [])], paid  # fmt: skip


def returned(who: str, *, after: int = 6, amount: str = "110.00", account: str | None = None) -> Pair:  # fmt: skip
    """An invoice that was paid, and money sent back that names none; perhaps some had come on account."""
    one = invoice(f"{who}-1", who, date(2024, 3, 1), "110.00")
    loose = {"invoice_id": None, "customer_id": who}
    back = payment(f"R{who}", one, date(2024, 3, 1) + days(after), amount) | loose | {"kind": "reversal"}  # fmt: skip
    came = [payment(f"C{who}", one, date(2024, 2, 1), account) | loose] if account else []
    return [one], [payment(f"P{who}", one, date(2024, 3, 1)), back, *came]


def doubtful(n: int, others: int) -> Pair:
    """So many customers whose invoice is closed 25 days late, as a doubtful account is billed its amount; that account has others of its own."""
    every = [invoice(f"OLD{k}", f"OLD{k % 3}", date(2024, 3, 1 + k), f"{710 + k}.13") for k in range(n)]  # fmt: skip
    closed = [one["due_on"] + days(25) for one in every]
    moved = [invoice(f"D{k}", "DOUBT", day + days(30), str(one["amount"])) for k, (one, day) in enumerate(zip(every, closed, strict=True))]  # fmt: skip
    own = [invoice(f"DO{k}", "DOUBT", date(2024, 9, 1 + k), f"{810 + k}.13") for k in range(others)]
    return [*every, *moved, *own], [payment(f"P{one['invoice_id']}", one, day) for one, day in zip(every, closed, strict=True)]  # fmt: skip


def given(who: str, amount: str, share: str, kind: str = "fee", late: int = 61, later: int = 0, *, by_money: bool = False) -> Pair:  # fmt: skip
    """An invoice of which so much is settled without money, so many days late; perhaps billed so often later, and paid."""
    one = invoice(f"{who}-1", who, date(2024, 3, 1), amount)
    more = [
        invoice(f"{who}-L{k}", who, date(2024, 9, 1) + days(9 * k), f"{70 + k}.00")
        for k in range(later)
    ]
    paid = [payment(f"P{who}{k}", new, new["due_on"]) for k, new in enumerate(more) if by_money]
    return [one, *more], [payment(f"P{who}", one, one["due_on"] + days(late), share) | {"kind": kind}, *paid]  # fmt: skip


def bonus(who: str, amount: str, on: date = date(2024, 2, 10), *, out: bool = False, owes: str | None = None, due: date = date(2024, 5, 9)) -> Pair:  # fmt: skip
    """Ten invoices that are each paid, and a credit note that names none; perhaps paid out, perhaps beside an invoice that nobody paid."""
    every = [
        invoice(f"{who}-{k}", who, date(2024, 2 + k, 15), f"{100 + k * k}.31") for k in range(10)
    ]
    paid = [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in every]
    lying = note(f"{who}-G", every[0], on) | {"credits": None, "amount": Decimal(amount)}
    paid += [payment(f"O{who}", lying, on + days(9))] if out else []
    left = [invoice(f"{who}-U", who, due, owes)] if owes else []
    return [*every, lying, *left], paid


def trading(who: str, n: int, since: date = date(2024, 2, 1)) -> tuple[Pair, Row]:
    """So many invoices issued and paid after an insolvency."""
    every = [invoice(f"{who}-{k}", who, since + days(40 + 20 * k), f"{61 + k}.00") for k in range(n)]  # fmt: skip
    every.append(invoice(f"{who}-F", who, since - days(60), "80.00"))
    own = {"event_id": f"E{who}", "customer_id": who, "kind": "insolvency", "occurred_on": since}
    return (every, [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in every]), CLEAN["events"][0] | own | {"known_on": since}  # fmt: skip


def terms(who: str, limit: str | None, insured: str | None, since: date) -> Row:
    own = {"customer_id": who, "valid_from": since, "payment_terms_days": 30, "insured_share": None}
    return own | {"credit_limit": limit and Decimal(limit), "insured_limit": insured and Decimal(insured)}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One delivery of many customers, each with a habit of its own."""
    mistaken = [trading("NAMESAKE", 3), trading("NAMED", 4), trading("BANKRUPT", 2)]
    habits = [
        rests("REST", -50, -40), rests("DUE", -50, same_due=True), rests("ONCE", -50), rests("LARGER", -50, 10), rests("SOON", -50, -40, late=13), rests("HALF", -50, -40, 10),
        taken("TAKEN"), taken("SINGLE", 1), taken("YOUNG", late=29), taken("SOME", left=1), taken("GONE", later=False), taken("LOST"),
        transferred("WHOLE", "300.00", "300.00"), transferred("SHORT", "280.00", "280.00"), transferred("EACH", "100.00", "200.00"), transferred("ALIKE", "100.00", "100.00"),
        credited("APPLIED"), credited("APPLIED1", 1), credited("BEFORE", after=-1), credited("USED", used=True), credited("PAID", other="60.00"),
        again("BACK"), again("BACK1", 1), again("MONTHS", apart=61), again("WRONG", open_=True),
        returned("RETURNED"), returned("SENT2", account="110.00"), returned("AFTER", after=61), returned("OTHER", amount="109.00"),
        given("FEES", "600.00", "540.00"), given("CUT", "600.00", "600.00", "discount"), given("MOST", "600.00", "539.00"), given("LITTLE", "500.00", "500.00"), given("CASH", "600.00", "600.00", "payment"),
        given("SAMPLE", "600.00", "600.00", "discount", 13), given("SAMPLED", "600.00", "600.00", "discount", 14), given("GROUP", "600.00", "600.00", later=3), given("GROUPED", "600.00", "600.00", later=2), given("WAIVED", "600.00", "600.00", later=3, by_money=True),
        bonus("BONUS", "40.00"), bonus("CENTS", "20.00"), bonus("LATELY", "40.00", date(2024, 7, 6)), bonus("SENT", "40.00", out=True), bonus("OWES", "40.00", owes="50.00"), bonus("NEXT", "40.00", owes="50.00", due=date(2024, 12, 2)), bonus("OWED", "40.00", owes="50.00", due=date(2024, 12, 1)),
        *(pair for pair, _ in mistaken),
    ]  # fmt: skip
    event = {"event_id": "E", "customer_id": "LOST", "kind": "write_off", "occurred_on": date(2024, 4, 1), "known_on": date(2024, 4, 1)}  # fmt: skip
    events = [CLEAN["events"][0] | event, *(one for _, one in mistaken)]
    first, later = date(2023, 1, 1), date(2024, 1, 1)
    limits = [
        terms("FEES", "60.00", None, first), terms("CUT", "60.01", None, first), terms("MOST", None, "0.60", first),
        terms("LITTLE", "5.00", None, first), terms("LITTLE", "5000.00", None, later), terms("CASH", "0.00", None, first),
    ]  # fmt: skip
    invoices = [one for some, _ in habits for one in some]
    payments = [one for _, some in habits for one in some]
    book = tables(invoices, payments, events=events, credit_terms=limits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "N_EXAMPLES", 100)
        return check(book, tmp_path_factory.mktemp("twice"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("rest_billed_when_paid", ["DUE", "REST"]),
        ("cancelled_together_when_overdue", ["TAKEN"]),
        ("transfer_on_each_invoice", ["PSHORT / SHORT-1", "PSHORT / SHORT-2", "PWHOLE / WHOLE-1", "PWHOLE / WHOLE-2"]),
        ("credit_applied_twice", ["APPLIED"]),
        ("return_read_as_payment", ["BACK"]),
        ("return_without_its_invoice", ["RETURNED"]),
        ("settled_without_money", ["CUT", "FEES", "GROUPED", "SAMPLED", "WAIVED"]),
        ("credit_notes_left_lying", ["BONUS", "NEXT"]),
        ("insolvent_and_paying", ["NAMED", "NAMESAKE"]),
        ("limit_far_below_usual", ["FEES", "MOST"]),
        ("accrued_and_taken_back", []),
        ("paid_on_the_day_of_its_invoice", []),
        ("due_when_paid", []),
        ("payments_known_in_one_load", []),
        ("nobody_left_before", []),
        ("kept_in_hundredths", []),
        ("begins_after_the_ledger", []),
        ("tolerated_though_a_fifth_is_left", []),
    ],
)  # fmt: skip
def test_of_each_habit_those_are_found_that_have_it(
    found: Validation, rule: str, expected: list[str]
) -> None:
    assert sorted(flagged(found, rule)) == expected


def n_found(book: Tables, rule: str, folder: Path, portfolio: PortfolioConfig = PORTFOLIO) -> int:
    """How many rows a rule finds."""
    findings = check(book, folder, portfolio).findings
    return sum(one.broken for one in findings if one.rule.name == rule)


def monthly(n: int = 12, months: int = 11, lag: Callable[[int], int] = lambda at: at % 40) -> Pair:
    """Customers with an invoice a month of 2024, paid some days after it is due."""
    every = [invoice(f"R{who}-{k}", f"K{who}", date(2024, 1 + k, 3 + who), f"{100 + who}.{k:02}") for who in range(n) for k in range(months)]  # fmt: skip
    on = [one["due_on"] + days(lag(at)) for at, one in enumerate(every)]
    paid = [payment(f"P{one['invoice_id']}", one, day) for one, day in zip(every, on, strict=True) if day <= PORTFOLIO.complete_until]  # fmt: skip
    return every, paid


@pytest.mark.long
@pytest.mark.parametrize(("n", "day", "expected"), [(20, 1, 20), (19, 1, 0), (20, 4, 0)], ids=["accruals", "nineteen", "later"])  # fmt: skip
def test_accruals_are_taken_back_by_the_next_month(
    n: int, day: int, expected: int, tmp_path: Path
) -> None:
    ends = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    every = [invoice(f"A{k}", f"K{k}", ends[k % 3] + days(30), f"{300 + k}.00") for k in range(n)]
    notes = [note(f"G{k}", one, one["issued_on"] + days(day)) for k, one in enumerate(every)]
    assert n_found(tables([*every, *notes], [payment("P", every[0], date(2024, 5, 1))]), "accrued_and_taken_back", tmp_path) == expected  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("column", ["issued_on", "due_on"])
def test_a_payment_with_the_day_of_its_invoice(column: str, tmp_path: Path) -> None:
    """Booked when the money came; seven days after the due day is soon enough, and a month that turns says nothing."""
    every, paid = monthly()
    days_of = {one["invoice_id"]: one[column] for one in every}
    for one in paid:
        one["paid_on"] = days_of[one["invoice_id"]]
    lags = [((one["booked_at"] - one["paid_on"]).days, one["booked_at"].day) for one in paid]
    expected = sum(lag >= 8 and 4 <= day <= 27 for lag, day in lags)
    assert expected >= 20
    assert n_found(tables(every, paid), "paid_on_the_day_of_its_invoice", tmp_path) == expected


@pytest.mark.long
@pytest.mark.parametrize(
    ("lag", "step", "is_found"),
    [(lambda at: (at * 7) % 40, 1, True), (lambda _: 0, 1, False), (lambda at: 3 * (at // 11), 1, False), (lambda at: (at * 7) % 40, 2, False)],
    ids=["overwritten", "debit", "debit on its own day", "instalments"],
)  # fmt: skip
def test_a_due_day_that_is_that_of_the_payment(
    lag: Callable[[int], int],
    step: int,
    is_found: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    """Overwritten, it varies as payers do; a debit on the due day is after one and the same term, of the house or of each customer. Instalments are billed on one day."""
    every, paid = monthly(lag=lag)
    on = {one["invoice_id"]: one["paid_on"] for one in paid}
    issued = {one["invoice_id"]: one["issued_on"] for one in every}
    for at, one in enumerate(every):
        one["due_on"] = on.get(one["invoice_id"], one["due_on"])
        first = every[at - at % 11 + (at % 11) // step * step]
        one["issued_on"] = one["booked_at"] = issued[first["invoice_id"]]
    expected = len(paid) if is_found else 0
    assert n_found(tables(every, paid), "due_when_paid", tmp_path) == expected


@pytest.mark.long
@pytest.mark.parametrize("is_known", [False, True], ids=["payments alone", "invoices too"])
def test_payments_that_were_loaded_on_one_day(
    is_known: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    """Where invoices were loaded on that day as well, nothing was known before it, and nobody looked unpaid."""
    every, paid = monthly(n=14, lag=lambda _: 0)
    loaded = date(2024, 12, 31)
    for one in [*paid, *(every if is_known else [])]:
        one["booked_at"] = loaded
    early = sum(one["paid_on"] <= loaded - days(60) for one in paid)
    assert early >= 100
    assert n_found(tables(every, paid), "payments_known_in_one_load", tmp_path) == (0 if is_known else early)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("leaving", ["purged", "any day", "contracts"])
def test_who_left_is_not_in_the_extract(leaving: str, tmp_path: Path) -> None:
    """Of 80 customers since 2017, one leaves every second month; those that did before 2022 were deleted. Under contracts of five years and of one more nobody left before 2022, and many did then."""
    is_purged, every = leaving == "purged", []
    for who in range(80):
        ends = date(2018, 6, 1) + days(61 * who) if who < 40 else PORTFOLIO.complete_until
        if leaving == "contracts" and who < 40:
            ends = date(2017, 1, 5) + days(who % 20 + 365 * (5 + who % 2))
        if is_purged and ends < date(2022, 1, 1):
            continue
        for number in range(12 * 8):
            due = date(2017, 1, 5) + days(30 * number + who % 20)
            if due <= ends:
                every.append(invoice(f"R{who}-{number}", f"K{who}", due, "100.00"))
    paid = [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in every]
    n = len({one["customer_id"] for one in every})
    assert n_found(tables(every, paid), "nobody_left_before", tmp_path) == (n if is_purged else 0)


@pytest.mark.long
@pytest.mark.parametrize(("share", "expected"), [(2, 0), (1, 22)], ids=["half", "all"])
def test_yen_that_are_kept_in_hundredths(share: int, expected: int, tmp_path: Path) -> None:
    every, paid = monthly(n=2)
    for number, one in enumerate([*every, *paid]):
        one["amount"] = Decimal("12.34") if number % share == 0 else Decimal(1234)
    for one in every:
        one["currency"] = "JPY"
    rate = {"currency": "JPY", "rate_on": date(2024, 1, 1), "rate": Decimal("0.006")}
    book = tables(every, paid, fx_rates=[rate])
    assert n_found(book, "kept_in_hundredths", tmp_path) == expected


@pytest.mark.parametrize(
    ("reporting", "code", "rate", "expected"),
    [("EUR", "JPY", "160", 1), ("EUR", "JPY", "0.006", 0), ("EUR", "KWD", "3", 0), ("JPY", "EUR", "0.006", 1), ("JPY", "EUR", "160", 0)],
)  # fmt: skip
def test_rates_of_the_other_direction(
    reporting: str, code: str, rate: str, expected: int, tmp_path: Path
) -> None:
    portfolio = PORTFOLIO.model_copy(update={"reporting_currency": reporting})
    own = {"currency": code, "rate_on": date(2024, 1, 1), "rate": Decimal(rate)}
    book = {"customers": clean_book()["customers"], "fx_rates": [own]}
    assert n_found(book, "rate_of_the_other_direction", tmp_path, portfolio) == expected


@pytest.mark.parametrize(("amount", "expected"), [("20.05", 11), ("20.00", 1), ("19.99", 0)])
def test_a_tolerance_that_is_a_fifth_of_an_invoice(
    amount: str, expected: int, tmp_path: Path
) -> None:
    """Invoices of 100.00 to 100.10, of 101.00 and more; and one that was voided."""
    settlement = PORTFOLIO.settlement.model_copy(update={"amount": Decimal(amount)})
    portfolio = PORTFOLIO.model_copy(update={"settlement": settlement})
    every, paid = monthly(n=2)
    every.append(invoice("VOID", "K0", date(2024, 5, 5), "0.00"))
    assert n_found(tables(every, paid), "tolerated_though_a_fifth_is_left", tmp_path, portfolio) == expected  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    ("since", "opened", "expected"),
    [(date(2024, 8, 1), date(2023, 8, 30), 1), (date(2024, 8, 1), date(2023, 9, 10), 0), (date(2024, 1, 20), date(2023, 3, 3), 0)],
    ids=["lately", "not a year", "as the ledger"],
)  # fmt: skip
def test_a_feed_that_begins_after_the_ledger(
    since: date, opened: date, expected: int, tmp_path: Path
) -> None:
    """Twenty lawsuits, one every six days; ratings that are there from the first day say nothing of them. Disputes of a real
    ledger began a month after its first invoice, and were refused."""
    kinds = {"legal_action": (since, 6), "external_rating": (date(2024, 1, 5), 17)}
    events = [
        CLEAN["events"][0] | {"event_id": f"{kind}{k}", "customer_id": f"K{k % 12}", "kind": kind, "occurred_on": first + days(step * k), "known_on": first + days(step * k)}
        for kind, (first, step) in kinds.items() for k in range(20)
    ]  # fmt: skip
    every, paid = monthly()
    old = [invoice(f"O{k}", f"K{k}", opened, f"{90 + k}.50") for k in range(4)]
    book = tables(every + old, paid + [payment(f"PO{k}", one, one["due_on"]) for k, one in enumerate(old)], events=events)  # fmt: skip
    assert n_found(book, "begins_after_the_ledger", tmp_path) == expected


@pytest.mark.long
@pytest.mark.parametrize(("step", "others", "expected"), [(0.7, 2, 10), (0.7, 3, 0), (0.8, 0, 0)], ids=["a week", "others too", "eight days"])  # fmt: skip
def test_disputes_that_a_reminder_run_opens(
    step: float, others: int, expected: int, tmp_path: Path
) -> None:
    """Ten from 40 days past due on, in seven days or in eight; others are opened as the goods come."""
    every, paid = monthly(months=2)
    since = [40 + int(step * k) for k in range(10)] + [-30] * others
    disputes = [
        CLEAN["disputes"][0] | {"dispute_id": f"D{k}", "invoice_id": one["invoice_id"], "opened_on": one["due_on"] + days(late), "closed_on": None}
        for k, (one, late) in enumerate(zip(every, since, strict=False))
    ]  # fmt: skip
    assert n_found(tables(every, paid, disputes=disputes), "disputed_by_the_clock", tmp_path) == expected  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(("n", "others", "expected"), [(6, 3, 3), (6, 4, 0), (4, 0, 0)], ids=["moved", "bought too", "few"])  # fmt: skip
def test_items_that_are_moved_to_a_doubtful_account(
    n: int, others: int, expected: int, tmp_path: Path
) -> None:
    assert n_found(tables(*doubtful(n, others)), "moved_to_another_account", tmp_path) == expected


@pytest.mark.parametrize(("currency", "billed", "expected"), [("USD", "USD", 0), ("EUR", "USD", 2), ("EUR", "EUR", 0)])  # fmt: skip
def test_money_on_account_is_in_the_currency_of_its_customer(
    currency: str, billed: str, expected: int, tmp_path: Path
) -> None:
    every, paid = monthly(n=2, months=2)
    for one in every:
        one["currency"] = billed
    loose = [one | {"invoice_id": None, "customer_id": f"K{k}"} for k, one in enumerate(paid[:2])]
    book = tables(every, loose, fx_rates=clean_book()["fx_rates"])
    for one in book["customers"]:
        one["currency"] = currency
    assert n_found(book, "on_account_in_another_currency", tmp_path) == expected
