"""Houses whose extract is as it should be, and whose trade is not that of every house: a rule that stops one of them is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from benchmarks.houses.book import CLEAN, START, UNTIL, Book, Debt, cents, days, month_ends

MORATORIUM = (date(2022, 4, 1), date(2022, 7, 1))
MERGED = date(2023, 7, 1)


def _term(book: Book, n: int, latest: int) -> None:
    """Contracts of two years that a third does not renew, and then of one; they begin within so many days, and nobody fails in the first."""
    for who, fails in book.customers(n):
        first = START + days(book.draw.randint(0, latest))
        if fails and fails < first + days(760):
            book.failed.pop(who)
        price, years = book.draw.uniform(200, 2000), 2
        while book.draw.random() > 1 / 3:
            years += 1
        for month in range(12 * years):
            day = first + days(round(30.4 * month))
            stops = book.failed.get(who, UNTIL) + days(60)
            if day <= min(UNTIL, stops):
                lag = book.draw.choice((-3, 0, 1, 5, 12))
                book.book(book.owe(who, day, day + days(14), cents(price * book.draw.uniform(0.9, 1.1)), lag))  # fmt: skip


def two_year_contracts(book: Book, n: int, *, is_told: bool) -> None:
    """Contracts of two years, begun over a year and a half: nobody can leave before the first ends."""
    _term(book, n, 540)
    del is_told


def two_year_contracts_at_once(book: Book, n: int, *, is_told: bool) -> None:
    """Contracts of two years of a network that opened in one month."""
    _term(book, n, 30)
    del is_told


def samples(book: Book, n: int, *, is_told: bool) -> None:
    """Two samples a year are billed and let go on the same day, as a discount of all of it."""
    for one in book.trade(n):
        book.book(one)
    for number in range(n):
        for half in range(8):
            day = START + days(180 * half + book.draw.randint(0, 100))
            if day <= UNTIL:
                row = book.bill(f"K{number:04}", day, book.draw.uniform(80, 300))
                book.pay(row, day, kind="discount")
    del is_told


def group_netting(book: Book, n: int, *, is_told: bool) -> None:
    """Six companies of the group settle by a netting at each quarter's end, which no money follows: rows of kind `fee`."""
    for one in list(book.trade(n)):
        if int(one.who[1:]) >= 6:
            book.book(one)
            continue
        book.failed.pop(one.who, None)
        first = date(one.due.year, 3 * ((one.due.month - 1) // 3) + 1, 1)
        run = (first + days(95)).replace(day=1) - days(1)
        book.debts[book.debts.index(one)] = replace(one, paid=run)
        book.pay(book.bill(one.who, one.issued, float(one.amount)), run, kind="fee")
    del is_told


def summer_trade(book: Book, n: int, *, is_told: bool) -> None:
    """Billed from April to September alone, by debit; one debit in thirty comes back and is paid by transfer two weeks later."""
    for who, fails in book.customers(n):
        usual = book.draw.uniform(400, 3000)
        for year in range(2021, 2025):
            for month in range(4, 10):
                day = date(year, month, book.draw.randint(1, 28))
                if not fails or day <= fails + days(60):
                    one = book.owe(who, day, day + days(14), cents(usual * book.draw.uniform(0.7, 1.3)), 0)  # fmt: skip
                    _debited(book, one, 1 / 30)
    del is_told


def _debited(book: Book, one: Debt, share: float) -> None:
    """Debited on the due day; the debits of who fails come back, and such a share of the others, which is paid a fortnight later."""
    row, back = book.bill(one.who, one.issued, float(one.amount)), one.due + days(5)
    row["due_on"] = one.due
    book.pay(row, one.due)
    if one.paid is None:
        book.pay(row, back, kind="reversal")
    elif book.draw.random() < share and back <= UNTIL:
        book.pay(row, back, kind="reversal")
        book.pay(row, back + days(14))
        book.debts[book.debts.index(one)] = replace(one, paid=back + days(14))


def returned_debits(book: Book, n: int, *, is_told: bool) -> None:
    """Debited on the due day; one debit in thirty comes back five days later and is paid by transfer."""
    for one in list(book.trade(n, terms=14)):
        _debited(book, one, 1 / 30)
    del is_told


def debits_given_up(book: Book, n: int, *, is_told: bool) -> None:
    """Debits, of which one in thirty comes back, until June 2024; since then customers pay by transfer."""
    for one in list(book.trade(n, terms=14)):
        if one.issued < date(2024, 6, 1):
            _debited(book, one, 1 / 30)
        else:
            book.book(one)
    del is_told


def three_customers(book: Book, n: int, *, is_told: bool) -> None:
    """Three customers, of which one has failed."""
    for one in book.trade(3):
        book.book(one)
    book.more["customers"] = _customers(3)
    del is_told, n


def _customers(n: int) -> list[dict[str, object]]:
    own = {"onboarded_on": START, "currency": "EUR", "parent_id": None}
    return [CLEAN["customers"][0] | own | {"customer_id": f"K{at:04}", "name": f"{at:04} Ltd"} for at in range(n)]  # fmt: skip


def one_large_customer(book: Book, n: int, *, is_told: bool) -> None:
    """Four fifths of the turnover are of one customer, which is billed every day and pays a fortnight late."""
    for one in book.trade(n):
        if one.who == "K0000":
            book.debts.remove(one)
            book.failed.pop("K0000", None)
        else:
            book.book(one)
    whole = float(sum(one.amount for one in book.debts)) * 4
    for number in range(1400):
        day = START + days(number)
        book.book(book.owe("K0000", day, day + days(30), cents(whole / 1400 * book.draw.uniform(0.5, 1.5)), book.draw.randint(5, 25)))  # fmt: skip
    del is_told


def paid_in_advance(book: Book, n: int, *, is_told: bool) -> None:
    """Half of the customers pay before they are billed, some by the number of the order confirmed, some on account."""
    for one in list(book.trade(n)):
        number = int(one.who[1:])
        if number % 2:
            book.book(one)
            continue
        book.failed.pop(one.who, None)
        early = one.issued - days(book.draw.randint(1, 9))
        book.debts[book.debts.index(one)] = replace(one, paid=one.issued)
        row = book.bill(one.who, one.issued, float(one.amount), 0)
        if number % 4:
            book.pay(row, early)
        else:
            book.on_account(one.who, early, one.amount)
    del is_told


def yearly_invoices(book: Book, n: int, *, is_told: bool) -> None:
    """One invoice a year, for maintenance or insurance."""
    for who, fails in book.customers(n):
        first, price = START + days(book.draw.randint(0, 360)), book.draw.uniform(600, 9000)
        for year in range(4):
            day = first + days(365 * year)
            if day <= UNTIL and (not fails or day <= fails + days(60)):
                book.book(book.owe(who, day, day + days(30), cents(price * 1.03**year), book.draw.choice((-3, 0, 4, 12, 25))))  # fmt: skip
    del is_told


def young_firm(book: Book, n: int, *, is_told: bool) -> None:
    """Begun in January 2023 with few customers, and a new one every few days."""
    begun = {f"K{at:04}": date(2023, 1, 1) + days(600 * at // n) for at in range(n)}
    for one in list(book.trade(n)):
        if one.issued < begun[one.who]:
            book.debts.remove(one)
        else:
            book.book(one)
    del is_told


def merged(book: Book, n: int, *, is_told: bool) -> None:
    """Half of the customers came with a firm that was bought: their open items with their own days, known since July 2023, and all that came later."""
    for one in list(book.trade(n)):
        if int(one.who[1:]) % 2:
            book.book(one)
        elif one.paid is None or one.paid >= MERGED:
            book.book(one, booked_at=max(one.issued, MERGED))
        else:
            book.debts.remove(one)
    del is_told


def moratorium(book: Book, n: int, *, is_told: bool) -> None:
    """What fell due in a quarter was given 90 days more by law, and its due day says so; half waited for it."""
    for one in list(book.trade(n)):
        mine = one
        if MORATORIUM[0] <= one.due < MORATORIUM[1]:
            later = one.due + days(90)
            fails = book.failed.get(one.who)
            lag = book.draw.choice((0, 90))
            paid = None if fails and later >= fails else max(later - days(lag), one.issued)
            mine = replace(one, due=later, paid=paid)
            book.debts[book.debts.index(one)] = mine
        book.book(mine)
    del is_told


def weekly_invoices(book: Book, n: int, *, is_told: bool) -> None:
    """One invoice each Friday for the deliveries of the week, paid by a run on the 15th and on the last day of a month."""
    for who, fails in book.customers(max(n // 3, 5)):
        usual, day = book.draw.uniform(200, 2000), date(2022, 1, 7)
        while day <= UNTIL and (not fails or day <= fails + days(60)):
            due = day + days(14)
            run = next(one for one in sorted([*month_ends(), *(end - days(end.day - 15) for end in month_ends())]) if one >= due) if due <= UNTIL else due  # fmt: skip
            book.book(book.owe(who, day, due, cents(usual * book.draw.uniform(0.6, 1.4)), (run - due).days))  # fmt: skip
            day += days(7)
    book.more["customers"] = _customers(max(n // 3, 5))
    del is_told


def paid_by_month_end_runs(book: Book, n: int, *, is_told: bool) -> None:
    """Thirty days net, and half of the customers pay what is due in a run on the month's last day."""
    for one in list(book.trade(n)):
        if int(one.who[1:]) % 2 and one.paid is not None:
            run = next((end for end in month_ends() if end >= one.due), one.due + days(15))
            one = replace(one, paid=run)  # noqa: PLW2901 - the debt as it was paid
            book.debts[next(at for at, old in enumerate(book.debts) if (old.who, old.issued, old.amount) == (one.who, one.issued, one.amount))] = one  # fmt: skip
        book.book(one)
    del is_told


def written_off_after_a_year(book: Book, n: int, *, is_told: bool) -> None:
    """What is 360 days late is written off, by an event and a credit note."""
    for one in book.trade(n):
        row, end = book.book(one), one.due + days(360)
        if one.paid is None and end <= UNTIL:
            book.credit(row, end)
            book.loss(one.who, end, one.amount)
            at = book.debts.index(one)
            book.debts[at] = replace(one, paid=end)
    del is_told


def own_day_of_debit(book: Book, n: int, *, is_told: bool) -> None:
    """Billed on the first, and debited on a day of the month that each customer chose."""
    for one in list(book.trade(n)):
        first = one.issued.replace(day=1)
        day = first + days(3 + int(one.who[1:]) % 25)
        fails = book.failed.get(one.who)
        mine = replace(one, issued=first, due=day, paid=None if fails and day >= fails else day)
        book.debts[book.debts.index(one)] = mine
        book.book(mine)
    del is_told


def closed_in_august(book: Book, n: int, *, is_told: bool) -> None:
    """Nothing is billed in August nor in the last week of December, and nobody pays then."""
    for one in list(book.trade(n)):
        if one.issued.month == 8:
            book.debts.remove(one)
            continue
        paid = one.paid
        if paid is not None and paid.month == 8:
            paid = date(paid.year, 9, book.draw.randint(1, 6))
        mine = replace(one, paid=paid)
        book.debts[book.debts.index(one)] = mine
        book.book(mine)
    del is_told
