"""Houses of trades of their own: projects, retentions, plans that are kept, rebates, bills dated ahead, and receivables that are sold in part."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.houses.book import CLEAN, START, UNTIL, Book, Debt, cents, days
from tests.sources_books import Row


def plans_kept(book: Book, n: int, *, is_told: bool) -> None:
    """One customer in ten once cannot pay; 50 days after the due day a plan of five monthly instalments is agreed, delivered as an event, and kept."""
    for number, one in enumerate(list(book.trade(n))):
        is_first = one.issued.year == 2022 and one.issued.month == 1 + int(one.who[1:]) % 9
        if one.paid is None or int(one.who[1:]) % 10 or not is_first:
            book.book(one)
            continue
        agreed = one.due + days(50)
        row, part = book.bill(one.who, one.issued, float(one.amount)), cents(float(one.amount) / 5)
        for at in range(5):
            book.pay(row, agreed + days(30 * at), part if at < 4 else one.amount - 4 * part)
        own: Row = {"event_id": f"P{number}", "customer_id": one.who, "kind": "payment_plan"}
        own |= {"amount": one.amount, "detail": (agreed + days(125)).isoformat()}
        book.events.append(CLEAN["events"][0] | own | {"occurred_on": agreed, "known_on": agreed})
        # what a plan covers is not late
        book.debts.remove(one)
    del is_told


def agreed_in_parts(book: Book, n: int, *, is_told: bool) -> None:
    """One invoice in twelve is cancelled five days after its issue and billed again in three parts, due in 30, 60 and 90 days, as was asked for."""
    for one in list(book.trade(n)):
        if book.draw.random() > 1 / 12 or one.issued + days(5) > UNTIL:
            book.book(one)
            continue
        at = book.debts.index(one)
        row = book.bill(one.who, one.issued, float(one.amount))
        again, part = one.issued + days(5), cents(float(one.amount) / 3)
        book.credit(row, again)
        begun = len(book.debts)
        for number in range(3):
            amount = part if number < 2 else one.amount - 2 * part
            lag = 0 if one.paid is None else (one.paid - one.due).days
            book.book(book.owe(one.who, again, again + days(30 * number + 25), amount, lag))
        parts = book.debts[begun:]
        del book.debts[begun:]
        book.debts[at : at + 1] = parts
    del is_told


def _held(book: Book, one: Debt, *, is_own: bool) -> None:
    """Five per cent are held for two years, as a document of its own or not."""
    rest = cents(float(one.amount) * 0.05)
    later = one.due + days(730)
    fails = book.failed.get(one.who)
    first = replace(one, amount=one.amount - rest)
    second = Debt(one.who, one.issued, later, rest, None if fails and later >= fails else later + days(4))  # fmt: skip
    at = book.debts.index(one)
    book.debts[at : at + 1] = [first, second]
    if is_own:
        book.book(first)
        book.book(second)
        return
    row = book.bill(one.who, one.issued, float(one.amount))
    if one.paid is not None:
        book.pay(row, one.paid, first.amount)
    if second.paid is not None:
        book.pay(row, second.paid, rest)


def retention_of_some(book: Book, n: int, *, is_told: bool) -> None:
    """A firm begun in March 2023, of which every twelfth customer holds back five per cent of one invoice in three for two years; each is a document with its own due day."""
    for one in list(book.trade(n)):
        if one.issued < date(2023, 3, 1):
            book.debts.remove(one)
        elif int(one.who[1:]) % 12 == 3 and one.issued.month % 3 == 0:
            _held(book, one, is_own=True)
        else:
            book.book(one)
    del is_told


def retention_not_yet_due(book: Book, n: int, *, is_told: bool) -> None:
    """A firm begun in March 2023, whose customers hold back five per cent for two years: nothing of it was due yet."""
    for one in list(book.trade(n)):
        if one.issued < date(2023, 3, 1):
            book.debts.remove(one)
        else:
            _held(book, one, is_own=is_told)


def _rents(book: Book, n: int) -> list[Debt]:
    """Debts of the first of their month, due on the fifteenth."""
    for at, one in enumerate(list(book.trade(n, terms=30, lags=(-3, 0, 1, 5, 12)))):
        first, fails = one.issued.replace(day=1), book.failed.get(one.who)
        due = first + days(14)
        lag = 0 if one.paid is None else (one.paid - one.due).days
        paid = None if fails and due >= fails else due + days(lag)
        book.debts[at] = replace(one, issued=first, due=due, paid=paid)
    return list(book.debts)


def dated_ahead(book: Book, n: int, *, is_told: bool) -> None:
    """Rents of the first, made and booked eleven days before."""
    for one in _rents(book, n):
        book.book(one, booked_at=one.issued - days(11))
    del is_told


def a_year_ahead(book: Book, n: int, *, is_told: bool) -> None:
    """The rents of a year are all made in the December before, those of next year with them."""
    for one in _rents(book, n):
        book.book(one, booked_at=one.issued if is_told else date(one.issued.year - 1, 12, 20))
    for number in range(0 if is_told else n):
        for month in range(1, 13):
            row = book.bill(f"K{number:04}", date(2025, month, 1), 500.0, 14)
            row["booked_at"] = date(2024, 12, 20)


def rebate_deducted(book: Book, n: int, *, is_told: bool) -> None:
    """Each January two per cent of last year's purchases are credited by a note that names nothing, and the next payment is so much less."""
    bought: dict[tuple[str, int], Decimal] = {}
    taken: set[tuple[str, int]] = set()
    for one in sorted(book.trade(n), key=lambda one: one.issued):
        key = (one.who, one.issued.year)
        bought[key] = bought.get(key, Decimal(0)) + one.amount
        row, before = book.book(one), (one.who, one.issued.year - 1)
        if before in taken or before not in bought or one.paid is None or one.paid > UNTIL:
            continue
        taken.add(before)
        part = min(cents(float(bought[before]) * 0.02), one.amount / 2)
        book.credit(row, one.issued.replace(month=1, day=15) if one.issued.day > 15 or one.issued.month > 1 else one.issued, cents(float(part)))  # fmt: skip
        book.invoices[-1]["credits"] = None
        book.payments[-1]["amount"] -= cents(float(part))
    del is_told


def projects(book: Book, n: int, *, is_told: bool) -> None:
    """Each customer is one project of seven to ten monthly invoices; half of them pay the last two on acceptance, 40 to 70 days late."""
    for who, fails in book.customers(n):
        begun, usual = START + days(book.draw.randint(0, 1450)), book.draw.uniform(800, 9000)
        if fails:
            book.failed[who] = begun + days(150)
        many, slow = book.draw.randint(7, 10), book.draw.random() < 0.5
        accepted = begun + days(30 * many + 30 + book.draw.randint(40, 70))
        for number in range(many):
            day = begun + days(30 * number)
            if day <= min(UNTIL, book.failed.get(who, UNTIL) + days(60)):
                one = book.owe(who, day, day + days(30), cents(usual * book.draw.uniform(0.7, 1.3)), book.draw.choice((-3, 0, 1, 5, 9)))  # fmt: skip
                if slow and number >= many - 2 and one.paid is not None:
                    book.debts[-1] = one = replace(one, paid=accepted)
                book.book(one)
    del is_told


def tax_written_back(book: Book, n: int, *, is_told: bool) -> None:
    """The VAT of what is 100 days late is taken back by credit notes that name the invoice: 19 parts of 119; the rest stays open."""
    for at, one in enumerate(list(book.trade(n))):
        row, noted = book.book(one), one.due + days(100)
        if one.paid is None and noted <= UNTIL:
            part = cents(float(one.amount) * 19 / 119)
            book.credit(row, noted, part)
            book.debts[at] = replace(one, amount=one.amount - part)
    del is_told


def advance_of_nine_tenths(book: Book, n: int, *, is_told: bool) -> None:
    """The factor pays nine tenths three days after the invoice and the rest when the customer has paid; it bears the loss, and sends the rest to who fails after 80 days as well."""
    for one in book.trade(n):
        if is_told:
            book.book(one)
            continue
        row, part = book.bill(one.who, one.issued, float(one.amount)), cents(float(one.amount) * 0.9)  # fmt: skip
        book.pay(row, one.issued + days(3), part)
        book.pay(row, one.paid or one.due + days(80), one.amount - part)


def advance_to_some(book: Book, n: int, *, is_told: bool) -> None:
    """The same of every fifth customer."""
    for one in book.trade(n):
        if is_told or int(one.who[1:]) % 5:
            book.book(one)
            continue
        row, part = book.bill(one.who, one.issued, float(one.amount)), cents(float(one.amount) * 0.9)  # fmt: skip
        book.pay(row, one.issued + days(3), part)
        book.pay(row, one.paid or one.due + days(80), one.amount - part)


def with_recourse(book: Book, n: int, *, is_told: bool) -> None:
    """Every fifth customer's invoices are sold with recourse: the factor pays after three days, and takes back what is 60 days late."""
    for one in book.trade(n):
        if is_told or int(one.who[1:]) % 5:
            book.book(one)
            continue
        row = book.bill(one.who, one.issued, float(one.amount))
        book.pay(row, one.issued + days(3))
        if one.paid is None:
            book.pay(row, one.due + days(60), kind="reversal")
