"""Why the book moved: the printed causes add up, each cause has words in both languages, and a name is text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.documents.movements import BookPart, Comparison, CustomerPart, Movements, Mover
from features.catalog import catalogue
from reports.frame.wording import code
from reports.locale.catalogue import LANGUAGES, say
from reports.movements import render, whole
from tests.unit.reports.test_customer_page import seen

HOSTILE = '<b onclick="x">Evil & Co</b>'


def part(kind: str, subject: str | None, points: float) -> BookPart:
    pillar = None if subject is None else "credit_record"
    return BookPart.model_validate({"kind": kind, "subject": subject, "pillar": pillar, "points": points})  # fmt: skip


def cause(points: float, then: str | None, now: str | None) -> CustomerPart:
    return CustomerPart(kind="behaviour", subject="overdue", pillar="credit_record", feature="x", wording_en="days past due", wording_zh="逾期天数", value_then=then and float(then), value_now=now and float(now), value_then_text=then, value_now_text=now, points=points)  # fmt: skip


def document(**changes: Any) -> Movements:
    parts = (part("behaviour", "lateness", -100.4), part("new_statement", "earnings", 30.4), part("others", None, 0.4))  # fmt: skip
    fell = (Mover(customer_id="A", name=HOSTILE, score_then=500.4, score_now=400.2, parts=(cause(-90.2, "3", "70"), cause(20.0, "1", "2"), cause(-30.0, None, "5"))),)  # fmt: skip
    values = {
        "since": date(2025, 10, 1), "months": 3, "customers": 10, "came": 1, "left": 2, "mean_then": 600.0, "mean_now": 593.0,
        "points": -69.6, "parts": parts, "fell": fell, "rose": (),
    }  # fmt: skip
    one = Comparison.model_validate({**values, **changes})
    return Movements(portfolio="small", gates_not_passed=(), as_of=date(2026, 1, 1), comparisons=(one,))  # fmt: skip


def test_the_page_says_by_cause_why_the_book_moved() -> None:
    html = render(document())
    english, chinese = seen(html, "en"), seen(html, "zh-Hans")
    assert "10 customers in both books; mean score 600.0 then, 593.0 now. New in the book: 1; no longer in it, in default or inactive: 2." in english  # fmt: skip
    # sums of -100.4, -70.0 and -69.6 are printed as -100, -70 and -70
    assert (
        "Lateness of payments how customers paid, what they owe, what is reported of them \N{MINUS SIGN}100"
        in english
    )
    assert "Earnings new statements +30" in english
    assert "Change of all scores \N{MINUS SIGN}70" in english
    assert "付款逾期" in chinese
    assert "新报表" in chinese


def test_a_mover_is_told_with_the_causes_of_its_way_alone() -> None:
    html = render(document())
    english = seen(html, "en")
    assert f"{HOSTILE} A 500 400 \N{MINUS SIGN}100 Days past due : 3 → 70 ( \N{MINUS SIGN}90)".replace(" :", ":").replace("( ", "(") in english.replace(" :", ":").replace("( ", "(")  # fmt: skip
    assert "no figure → 5" in english
    assert "1 → 2" not in english  # it speaks for the customer
    assert "<b onclick" not in html
    assert "Whose score rose most" not in english


def test_parts_in_whole_points_add_up() -> None:
    parts = tuple(part("behaviour", "lateness", 0.4) for _ in range(10))
    assert sum(whole(parts)) == 4
    assert all(abs(float(one) - 0.4) < 1 for one in whole(parts))


def test_without_an_earlier_book_the_page_says_so() -> None:
    bare = document().model_copy(update={"comparisons": ()})
    assert "There is no earlier book to compare with." in seen(render(bare), "en")


@pytest.mark.parametrize("subject", sorted({one.subject for one in catalogue((90, 365), ())}))
def test_every_idea_of_the_catalogue_has_words(subject: str) -> None:
    told = {say(language, f"subject.{code(subject)}") for language in LANGUAGES}
    assert len(told) == 2


def test_an_idea_of_a_portfolios_own_is_shown_as_it_is() -> None:
    own = document(parts=(part("behaviour", "payment_index", -5.0),))
    assert (
        "payment_index how customers paid, what they owe, what is reported of them \N{MINUS SIGN}5"
        in seen(render(own), "en")
    )


def test_an_idea_of_one_input_is_shown_by_its_words() -> None:
    """A portfolio's own input has a column's name for a subject, which no reader knows."""
    own = part("behaviour", "payment_index", -5.0).model_copy(update={"wording_en": "bureau index", "wording_zh": "征信指数"})  # fmt: skip
    html = render(document(parts=(own,)))
    assert "Bureau index how customers paid" in seen(html, "en")
    assert "征信指数 客户的付款" in seen(html, "zh-Hans")
    assert "payment_index" not in html


@pytest.mark.parametrize(
    ("then", "now", "points", "is_said"),
    [("3", "70", -90.0, True), ("90", "90", -90.0, False), (None, None, -90.0, False), ("31", "29", -4.9, False), ("31", "29", -5.1, True)],
)  # fmt: skip
def test_what_stands_still_or_is_a_trace_is_no_cause(then: str | None, now: str | None, points: float, *, is_said: bool) -> None:  # fmt: skip
    """Of a fall by 100 points."""
    fell = Mover(customer_id="A", name="Firm", score_then=500.0, score_now=400.0, parts=(cause(points, then, now),))  # fmt: skip
    assert ("Days past due" in seen(render(document(fell=(fell,))), "en")) == is_said
