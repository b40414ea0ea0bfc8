"""The page of a customer: every figure of its dossier, in both languages, and nothing that its data could do to it."""

from __future__ import annotations

import re
from decimal import Decimal
from html import escape, unescape
from pathlib import Path

import pytest

from contracts.documents.customer import Customer, Customers, Input, Pillar
from contracts.documents.levers import Due, Helps, Lever
from contracts.documents.records import Credit
from contracts.errors import ContractError
from reports.customers import page, render, waterfall
from reports.frame.files import customer_file
from reports.frame.page import money, number, percent
from tests.dossier_books import HOSTILE, described


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Customers:
    return described(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def pages(document: Customers) -> dict[str, str]:
    made = render(document)
    return {one.who.customer_id: made[customer_file(one.who.customer_id)] for one in document.customers}  # fmt: skip


def seen(html: str, lang: str) -> str:
    """What a reader of one language sees, as text: the other language's spans are gone, and so is what is no text."""
    body = (
        html.split("<main>", maxsplit=1)[0].split('<header class="masthead">')[1]
        + html.split("<main>")[1]
    )
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", body, flags=re.DOTALL)
    other = "zh-Hans" if lang == "en" else "en"
    body = re.sub(rf'<(\w+) [^>]*lang="{other}"[^>]*>.*?</\1>', "", body, flags=re.DOTALL)
    body = re.sub(r"</?time>", "", body)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def customer(document: Customers, number_: str) -> Customer:
    return next(one for one in document.customers if one.who.customer_id == number_)


def shown_figures(one: Customer) -> set[str]:
    """Every figure of a dossier as it must be printed."""
    figures: set[str] = set()
    if one.rated is not None:
        rated = one.rated
        figures |= {str(rated.score), percent(rated.pd, 2), money(rated.expected_loss)}
        figures |= {money(rated.limit), str(rated.review_on)}
        figures |= {number(abs(row.points), 1) for row in rated.pillars if round(row.points, 1)}
    if one.owed is not None and one.owed.items:
        figures |= {money(one.owed.exposure), money(one.owed.overdue), money(one.owed.disputed)}
        figures |= {money(row.amount) for row in one.owed.buckets}
        for item in one.owed.items:
            figures |= {number(item.open, 2), number(item.amount, 2), str(item.due_on), str(item.issued_on)}  # fmt: skip
            figures |= {str(item.days)} if item.days > 0 else set()
        figures |= {number(credit.amount, 2) for credit in one.owed.credits}
    for month in one.paid:
        figures |= {f"{month.month:%Y-%m}", money(month.paid), money(month.late)}
        figures |= {number(month.days_late, 1)}
    for row in one.statements:
        figures |= {str(row.period_end), str(row.published_on), money(row.equity), money(row.total_assets)}  # fmt: skip
        figures |= {money(row.revenue), money(row.net_income), percent(row.equity_share, 0)}
    for case in one.disputes:
        figures |= {str(case.opened_on), number(case.amount, 2), str(case.closed_on or "open")}
    for event in one.events:
        figures |= {str(event.on), str(event.known_on)}
    if one.group is not None:
        figures |= {money(one.group.exposure)}
    return figures


@pytest.mark.parametrize("number_", list("ABCDEF"))
def test_every_figure_of_the_dossier_is_on_the_page(
    document: Customers, pages: dict[str, str], number_: str
) -> None:
    text = seen(pages[number_], "en")
    expected = shown_figures(customer(document, number_))
    assert {one for one in expected if one not in text} == set()


def test_the_page_of_alpha_says_what_was_reckoned_by_hand(pages: dict[str, str]) -> None:
    text = seen(pages["A"], "en")
    for said in (
        "Alpha & Söhne", "Germany", "head of a group of 3 customers", "Over its limit: it owes EUR 850 against a limit of EUR 800.",
        "Its oldest open item is 41 days past due; EUR 600 is more than 30 days past due.", "Loss of EUR 75", "Legal action on 2025-11-03.",
        "A paid late.", "Cash: 9; others: 2.", "A2 2025-10-21 2025-11-20 41 EUR 900.00 EUR 600.00 in dispute", "1 payment returned",
        "2025-10 3 1,150 750 6.5", "the insurer pays 90% of a loss within it", "Currency, months EUR, 12 EUR, 12", "Revenue 8,100 9,000",
        "Equity 1,250 1,000", "Equity, share of assets 25% 25%", "A1 EUR 1,000.00 2025-09-05 2025-09-09 –", "2025-11-03 2025-11-09 Legal action EUR 400",
        "owe 6,000 EUR. At risk: 1; without a score, such as those in default: 1.", "Beta Inc B", "Scores on 3 dates, from 2025-10-31 to 2025-12-31",
    ):  # fmt: skip
        assert said in text, said


def test_how_far_back_is_looked_is_said_where_nothing_is_found(document: Customers) -> None:
    """Legal action of four years ago stands among the events of a page that said there was none on record."""
    one = customer(document, "A").model_copy(update={"facts": ()})
    assert any(event.kind == "legal_action" for event in one.events)
    text = seen(page(document.model_copy(update={"event_months": 1}), one), "en")
    assert "insolvency, a write-off or an end of trading at any time; legal action or an insurer's claim in the last 1 month." in text  # fmt: skip


def test_a_payment_that_came_back_is_said_to_count_only_where_one_did(document: Customers) -> None:
    one = customer(document, "A")
    kept = one.model_copy(update={"paid": tuple(row.model_copy(update={"returned": 0}) for row in one.paid)})  # fmt: skip
    said = "still counts in the month it was made"
    assert said in seen(page(document, one), "en")
    assert said not in seen(page(document, kept), "en")


def test_the_chinese_page_is_chinese_where_a_name_is_known(pages: dict[str, str]) -> None:
    text = seen(pages["A"], "zh-Hans")
    for said in ("德国", "零售业", "欠款EUR 850，额度EUR 800", "A 付款逾期。", "现金：9；其他：2。", "争议中", "诉讼", "取整前的评分"):  # fmt: skip
        assert said in text, said
    for english in ("Germany", "retail", "Score", "Legal action", "Healthy customers", "days past due", "None on record"):  # fmt: skip
        assert english not in text, english


def test_the_printed_points_add_up_to_the_printed_score(document: Customers) -> None:
    for one in document.customers:
        if one.rated is None:
            continue
        steps = waterfall(one.rated)
        assert sum((step.points for step in steps[:-1]), Decimal(0)) == steps[-1].points
        assert steps[-1].points == Decimal(repr(one.rated.exact)).quantize(Decimal("0.1"))
        assert all(0 <= step.left <= 100 and step.left + step.width <= 100.001 for step in steps)


def test_many_small_points_still_add_up(document: Customers) -> None:
    rated = customer(document, "A").rated
    assert rated is not None
    small = tuple(
        Input(feature=f"f{n}", pillar="credit_record", unit="days", wording_en="x", wording_zh="甲", value=None, typical=1.0, value_text=None, typical_text="1", points=0.04)
        for n in range(12)
    )  # fmt: skip
    one = rated.model_copy(
        update={"inputs": small, "rest": 0.26, "n_rest": 3, "base": 600.0, "exact": 600.74,
                "pillars": (Pillar(pillar="credit_record", points=0.74),)}
    )  # fmt: skip
    steps = waterfall(one)
    # twelve times 0.04 printed as 0.0 would lose half a point
    assert sum((step.points for step in steps[:-1]), Decimal(0)) == Decimal("600.7")
    assert all(abs(step.points - Decimal("0.04")) < Decimal("0.1") for step in steps[1:13])


def test_why_it_moved_adds_up_to_the_change(pages: dict[str, str]) -> None:
    text = seen(pages["A"], "en")
    # -20.04 and -10.04 and -0.04 make -30.12: printed -20.0, -10.1, 0.0 and -30.1
    for said in (
        "Since 2025-10-31", "Days late ( how it pays, what it owes, what is reported of it ) 3 days 9 days −20.0", "Country ( its circumstances ) France Germany −10.1",
        "All else together", "Change of the score −30.1",
    ):  # fmt: skip
        assert said in text, said
    assert "法国 德国" in seen(pages["A"], "zh-Hans")
    assert "Why it moved" not in seen(pages["B"], "en")


def lever(kind: str, score: int, grade: int, n: int = 2) -> Lever:
    items = tuple(Due(invoice_id=f"<I{place}>", currency="EUR", amount=Decimal("10.50")) for place in range(n))  # fmt: skip
    values = {
        "kind": kind,
        "items": items,
        "n_items": n,
        "n_not_due": 1,
        "amount": Decimal("21.00"),
    }
    return Lever.model_validate({**values, "score": score, "grade": grade, "pd": 0.1})


def helped(document: Customers, known: Customer | None = None, /, **changes: object) -> str:
    values = {
        "score": 500, "grade": 9, "wanted": 8, "reached": lever("oldest", 540, 8), "short": lever("oldest", 520, 9, 1),
        "levers": (lever("overdue", 530, 9), lever("everything", 545, 8), lever("plan", 491, 9, 0)),
        "statement": "none", "n_tried": 7, "n_worse": 0, "worst": 0.0,
    }  # fmt: skip
    one = (known or customer(document, "A")).model_copy(update={"helps": Helps.model_validate(values | changes)})  # fmt: skip
    return page(document, one)


def test_what_would_help_is_told_in_both_languages(document: Customers) -> None:
    html = helped(document)
    english, chinese = seen(html, "en"), seen(html, "zh-Hans")
    assert "Payment of the 2 items due first would lift its grade. The score would be 540 instead of 500, and the grade 8 instead of 9." in english  # fmt: skip
    assert "That is EUR 21.00. Not yet due among them: 1. Payment of the item due first alone is not enough. The score would be 520, and the grade 9." in english  # fmt: skip
    assert "To be paid: <I0> ( EUR 10.50 ) , <I1> ( EUR 10.50 )" in english  # spaces are tags
    assert "应付款项： <I0> （ EUR 10.50 ） 、 <I1> （ EUR 10.50 ）" in chinese
    assert "All that is overdue and not in dispute is paid 2 21 530 +30 9" in english
    assert "All it owes is paid, what is in dispute included 2 21 545 +45 8 Not advised: the score would fall A payment plan of six months is agreed 491 \N{MINUS SIGN}9 9" in english  # fmt: skip
    assert "cannot be known before it comes" in english
    assert "付清最早到期的2笔款项即可提升等级。" in chinese
    assert "<I0>" not in html


def test_only_what_lowers_the_score_is_not_advised(document: Customers) -> None:
    equal = helped(document, levers=(lever("overdue", 530, 9), lever("plan", 500, 9, 0)))
    assert "Not advised" not in seen(equal, "en")
    fallen = helped(document, levers=(lever("plan", 491, 9, 0), lever("overdue", 530, 9)))
    english, chinese = seen(fallen, "en"), seen(fallen, "zh-Hans")
    assert english.index("530 +30") < english.index("Not advised") < english.index("491")
    assert "不建议：评分会下降" in chinese


def test_items_that_lift_it_together_are_asked_for_together(document: Customers) -> None:
    """What fewer of them would score is left out: it may be less than now, and nobody is told not to pay."""
    said = "Ask for all of them together. Payment of the item due first alone is not enough."
    assert "Ask for all of them together" not in seen(helped(document), "en")
    together = helped(document, falls_between=True)
    assert said in seen(together, "en")
    assert "The score would be 520" not in seen(together, "en")
    assert "请一并催收上述款项。" in seen(together, "zh-Hans")


def test_no_answer_to_a_payment_says_that_it_harms(document: Customers) -> None:
    """How often one payment more lowers the score is a weakness of the inputs, counted in the document; it is no advice."""
    for changes in ({}, {"falls_between": True}, {"reached": None, "short": None}):
        html = helped(document, n_worse=2, worst=3.25, **changes)
        english, chinese = seen(html, "en"), seen(html, "zh-Hans")
        section = english.split("What would help")[1].split("The score over time")[0]
        paid = section.split("Not advised")[0]
        assert not re.search(r"lower|fall|worse|3\.2", paid), paid
        assert "反而" not in chinese


def test_what_is_taken_off_the_items_to_be_paid_is_said(document: Customers) -> None:
    """An item shows 10.50 to be paid and more still open where money on account has been taken off it."""
    one = customer(document, "A")
    assert one.owed is not None
    said = "Credits that are not yet set off (see below) have been taken off the oldest items."
    some = (Credit(currency="EUR", amount=Decimal("5.00")),)
    with_credit = one.model_copy(update={"owed": one.owed.model_copy(update={"credits": some})})
    without = one.model_copy(update={"owed": one.owed.model_copy(update={"credits": ()})})
    assert said in seen(helped(document, with_credit), "en")
    assert said not in seen(helped(document, without), "en")


def test_where_no_lever_is_shown_no_line_is_spoken_of(document: Customers) -> None:
    said = "Each line: the score had this been booked"
    assert said in seen(helped(document), "en")
    english = seen(helped(document, reached=None, short=None, levers=(), statement="not_delivered"), "en")  # fmt: skip
    assert said not in english
    assert "cannot be known before it comes" in seen(helped(document, reached=None, short=None, levers=()), "en")  # fmt: skip


def test_a_customer_that_owes_nothing_now_shows_the_balance_its_loss_is_reckoned_with(document: Customers) -> None:  # fmt: skip
    one = customer(document, "A")
    assert one.owed is not None
    paid_up = one.owed.model_copy(update={"n_items": 0, "items": (), "credits": (), "peak": Decimal(2310)})  # fmt: skip
    english = seen(page(document, one.model_copy(update={"owed": paid_up})), "en")
    assert "Nothing is open on 2025-12-31. Highest balance of the last 12 months 2,310" in english


def test_an_insured_limit_of_nothing_pays_nothing(document: Customers) -> None:
    one = customer(document, "A")
    assert one.terms is not None
    for limit, is_said in ((Decimal(0), False), (Decimal(500), True)):
        terms = one.terms.model_copy(update={"insured_limit": limit, "insured_share": 0.9})
        english = seen(page(document, one.model_copy(update={"terms": terms})), "en")
        assert ("the insurer pays 90% of a loss within it" in english) == is_said


def test_each_sheet_of_paper_names_its_customer(pages: dict[str, str]) -> None:
    assert '@bottom-left { content: "Bonitas · 2025-12-31 · A"; }' in pages["A"]


def test_where_nothing_helps_the_bound_is_told(document: Customers) -> None:
    bound = lever("everything", 510, 9)
    english = seen(helped(document, reached=None, short=None, levers=(bound,)), "en")
    assert "No payment lifts it to grade 8: had it paid everything it owes, its score would be 510 instead of 500, and its grade 9." in english  # fmt: skip
    none = seen(helped(document, reached=None, short=None, levers=()), "en")
    assert "No payment that was tried raises its score." in none
    assert "It has the best grade there is." in seen(helped(document, wanted=None, reached=None, short=None), "en")  # fmt: skip


def test_a_clipped_score_says_so(document: Customers) -> None:
    alpha = customer(document, "A")
    assert alpha.rated is not None
    high = alpha.rated.model_copy(update={"score": 999, "exact": 1010.2})
    text = seen(page(document, alpha.model_copy(update={"rated": high})), "en")
    assert "The score ends at 1 and at 999, so it is shown as 999." in text
    assert "The score ends at 1" not in seen(page(document, alpha), "en")


def test_a_hostile_name_is_text_and_stays_in_its_own_direction(pages: dict[str, str]) -> None:
    html = pages["F"]
    assert HOSTILE not in html
    assert "<script>alert" not in html
    assert html.count("<script>") == 1  # the one that follows the switch
    assert f'<span class="data">{escape(HOSTILE, quote=False)}'.split("=HYP")[0] in html.replace("&#34;", '"')  # fmt: skip
    assert "unicode-bidi: isolate" in html  # whatever is data keeps its direction to itself


def test_where_nothing_is_known_the_page_says_so(pages: dict[str, str]) -> None:
    text = seen(pages["F"], "en")
    for said in (
        "A sole trader: rules on personal data apply to this page.", "Nothing is open on 2025-12-31.", "No payment from it is on record for the last 24 months.",
        "No financial statement of this customer is on file.", "None on record.", "No earlier score is on record", "Current limit not on record",
    ):  # fmt: skip
        assert said in text, said
    assert not re.search(r"\b(nan|NaN|NaT|None(?! on record))\b", text)


def test_who_has_no_score_has_a_page_without_one(pages: dict[str, str]) -> None:
    text = seen(pages["D"], "en")
    assert "No score on 2025-12-31" in text
    assert "In default since 2025-12-15." in text
    assert "5,000.00" in text  # what it owes is there all the same
    assert "What the score is made of" not in text
    assert "never billed" in seen(pages["E"], "en")


def test_what_is_not_delivered_is_not_known(tmp_path: Path) -> None:
    found = described(tmp_path, invoices=None, payments=None, disputes=None, events=None)
    text = seen(page(found, found.customers[0]), "en")
    assert text.count("Not known: the portfolio delivers no ledger.") == 2
    assert "Not known: the portfolio delivers no disputes." in text
    assert "Not known: the portfolio delivers no credit events." in text
    assert "Open balance" not in text


def test_file_names_are_safe_and_differ() -> None:
    numbers = [
        "C1",
        "c1",
        "C-1",
        "C_1",
        "..",
        "../C1",
        "C/1",
        "C\\1",
        "客户",
        "",
        " C1",
        "A" * 300,
        "CON.",
        "a\u202eb",
    ]
    names = [customer_file(one) for one in numbers]
    assert len({one.casefold() for one in names}) == len(numbers)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,100}\.html", one) for one in names)
    assert not any(one.startswith(".") for one in names)


def test_another_version_is_refused(tmp_path: Path, document: Customers) -> None:
    path = tmp_path / "customers.json"
    path.write_text(document.text().replace('"strengths"', '"strong"', 1), encoding="utf-8")
    with pytest.raises(ContractError, match="no Customers, version 4"):
        Customers.read(path)
