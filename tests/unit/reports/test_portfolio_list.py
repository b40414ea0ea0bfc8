"""The list on the portfolio page: constant size, links only to pages that were made, and safe whatever a name is."""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal

import pandas as pd
import pytest

from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.portfolio import Listed, Outside, Portfolio
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table
from decisions.facts.book import gather
from decisions.listing import MAX_LISTED
from decisions.rating import rate
from decisions.summary import Heading, summarise
from reports.frame.files import customer_file
from reports.portfolio import AT_ONCE, render
from tests.dossier_books import CHANCE, HOSTILE, written_book
from tests.unit.decisions.conftest import book_maker

MAX_BYTES = 3_000_000


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    folder = tmp_path_factory.mktemp("portfolio")
    book = book_maker(folder)(written_book(folder), CHANCE)
    facts = gather(book, 24)
    settings = ScaleConfig(), RateConfig()
    rated = rate(book, *settings, facts=facts)
    customers = read_table(book.tables["customers"], CUSTOMERS)
    return summarise(rated, customers, book, facts, Heading("small", "Small", 12), settings)


def rows(html: str) -> list[str]:
    """All rows, those as well that wait until they are asked for."""
    return re.findall(r"<tr data-a=.*?</tr>", html.split('id="list">')[1], flags=re.DOTALL)


def laid_out(html: str) -> list[str]:
    """The rows that a browser lays out when the page opens."""
    return rows(re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL))


def test_every_customer_is_listed_with_its_figures(document: Portfolio) -> None:
    html = render(document)
    assert len(rows(html)) == len(CHANCE)
    first = rows(html)[0]
    assert [one.customer_id for one in document.listed] == [
        "A",
        "C",
        "B",
        "F",
    ]  # 850.50, 380, 150, 0
    assert 'data-g="' in first
    for shown in ("Alpha &amp; Söhne", ">850</td>", ">600</td>", "3.00%", "Germany", "德国", "零售业"):  # fmt: skip
        assert shown in first, shown
    assert "All 4 customers with a score, largest open balance first." in html


def test_links_lead_to_the_pages_that_were_made_and_to_no_others(document: Portfolio) -> None:
    some = document.model_copy(update={"described": ("A", "F")})
    links = set(re.findall(r'href="([^"]+)"', render(some)))
    assert links == {f"customers/{customer_file(one)}" for one in ("A", "F")}
    assert re.findall(r'href="([^"]+)"', render(document.model_copy(update={"described": ()}))) == []  # fmt: skip


def test_at_200_000_customers_the_page_stays_under_3_mb_and_says_what_it_leaves_out(
    document: Portfolio,
) -> None:
    name = "株式会社 Zwölf & <Söhne> Handelsgesellschaft mit beschränkter Haftung"
    many = tuple(
        Listed(
            customer_id=f"CUSTOMER-{number:010}", name=name, country="GB", industry="information technology", action="review",
            score=612, grade=7, pd=0.03219, exposure=Decimal("98765432.10"), overdue=Decimal("1234567.89"),
            expected_loss=Decimal("123456.78"), limit=Decimal(1_250_000),
        )
        for number in range(MAX_LISTED)
    )  # fmt: skip
    headline = document.headline.model_copy(
        update={"customers": 200_000, "exposure": Decimal("98765432.10") * MAX_LISTED * 2}
    )
    large = document.model_copy(
        update={"listed": many, "headline": headline, "described": tuple(one.customer_id for one in many[:50])}
    )  # fmt: skip
    html = render(large)
    assert len(rows(html)) == MAX_LISTED
    assert len(laid_out(html)) == AT_ONCE
    assert "only the first 50 rows are shown" in html
    assert len(html.encode()) < MAX_BYTES
    assert "Shown: the 3,000 customers with the largest open balance of 200,000 customers; they hold 50.0% of the open balance." in html  # fmt: skip


def test_a_hostile_name_is_text_here_as_well(document: Portfolio) -> None:
    html = render(document)
    assert HOSTILE not in html
    assert "<script>alert" not in html
    nasty = document.listed[0].model_copy(update={"industry": '"><img src=x onerror=alert(1)>', "customer_id": '"><b>'})  # fmt: skip
    html = render(document.model_copy(update={"listed": (nasty,), "described": ('"><b>',)}))
    assert "<img" not in html
    assert '"><b>' not in html


def test_the_policy_of_the_page_lets_its_own_two_scripts_run_and_no_other(
    document: Portfolio,
) -> None:
    html = render(document)
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    assert len(scripts) == 2
    policy = re.search(r"script-src ([^\"]*)\"", html)
    assert policy is not None
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts]  # fmt: skip
    assert policy.group(1).split() == hashes
    assert not re.search(r"(src|href)=\"https?:|<link|@import", html)


def test_without_a_ledger_no_money_is_claimed(document: Portfolio) -> None:
    bare = document.model_copy(update={"has_ledger": False, "receivables": None})
    html = render(bare)
    assert "All 4 customers with a score, highest PD first." in html
    assert ">850</td>" not in rows(html)[0]


def test_the_order_is_stable(document: Portfolio) -> None:
    assert render(document) == render(Portfolio.from_text(document.text(), where="here"))
    frame = pd.DataFrame([one.model_dump() for one in document.listed])
    assert frame["exposure"].is_monotonic_decreasing


def test_who_is_out_for_an_event_that_was_set_aside_is_not_called_in_default(
    document: Portfolio,
) -> None:
    owed = Outside(customers=3, exposure=Decimal("1200.00"), overdue=Decimal(0))
    plain = render(document.model_copy(update={"outside": owed, "untold": None}))
    assert "1,200 owed by 3 customers in default" in plain
    assert "set aside" not in plain
    told = render(document.model_copy(update={"outside": None, "untold": owed}))
    assert (
        "1,200 owed by 3 customers without a score, of whom a default event or an overdue invoice was set aside"
        in told
    )
    assert "in default, who have no score" not in told
