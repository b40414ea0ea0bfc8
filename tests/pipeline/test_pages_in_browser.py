"""The pages of a whole run, used as a reader uses them: search, sort, more rows, the other language, a customer's page.

Needs `playwright`, `axe-playwright-python` and a Chromium of the system; none of them is a dependency of the project. axe-core
looks for what a reader with a screen reader, a keyboard or weak eyes cannot use: no violation of any rank is let through.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reports.portfolio import AT_ONCE

sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the pages are not used in a browser")  # fmt: skip
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed: the pages are not looked at by axe-core")  # fmt: skip
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable") if (found := shutil.which(name))), None)  # fmt: skip
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the pages are not opened in a browser"),
]  # fmt: skip
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MAX_NODES = 12_000
"""A page that lays out more is slow on a phone; the portfolio's once laid out every customer, and axe-core took over ten minutes for it."""


@contextmanager
def opened(size: dict[str, int]) -> Iterator[tuple[Any, list[str]]]:
    """A tab of this size, and what its console said."""
    with sync.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page, said = browser.new_page(viewport=size), []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page, said
        browser.close()


def rows(page: Any) -> list[list[str]]:
    """The cells of the list that are laid out, as the reader sees them."""
    found: list[list[str]] = page.evaluate("[...document.querySelectorAll('#list tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()))")  # fmt: skip
    return found


def amount(shown: str) -> float:
    """A shown amount or share as a number; one that is not known is below all."""
    bare = shown.replace(",", "").replace("%", "").replace("\N{MINUS SIGN}", "-").strip("\N{NO-BREAK SPACE} ")  # fmt: skip
    return float("-inf") if bare == "\N{EN DASH}" else float(bare)


def heads(page: Any) -> list[str]:
    return [one.strip() for one in page.locator("#list thead th").all_inner_texts()]


def test_the_list_is_searched_sorted_and_read_to_its_end(finished: Any) -> None:
    with opened(DESK) as (page, said):
        page.goto((finished.folder / "reports/portfolio.html").as_uri())
        total = int(page.locator("#n-shown").inner_text().split(" / ")[1])
        assert total > AT_ONCE
        shown = rows(page)
        assert len(shown) == AT_ONCE
        while page.locator("#show-more").is_visible():
            page.locator("#show-more").click()
        every = rows(page)
        assert every[:AT_ONCE] == shown
        assert len({one[1] for one in every}) == len(every) == total
        last = every[-1]
        page.locator("#find").fill(last[1].lower())  # by number, one that was not laid out
        assert rows(page) == [last]
        page.locator("#find").fill("nobody of this name")
        assert rows(page) == []
        page.locator("#find").fill("")
        place = heads(page).index("PD")
        page.locator("#list thead button").nth(place).click()
        assert [amount(one[place]) for one in rows(page)] == sorted((amount(one[place]) for one in every), reverse=True)[:AT_ONCE]  # fmt: skip
        page.locator("#list thead button").nth(place).click()
        assert [amount(one[place]) for one in rows(page)] == sorted(amount(one[place]) for one in every)[:AT_ONCE]  # fmt: skip
        grade = heads(page).index("Grade")
        page.locator("#by-grade").select_option(last[grade])
        assert {one[grade] for one in rows(page)} == {last[grade]}
        assert page.locator("#n-shown").inner_text() == f"{sum(one[grade] == last[grade] for one in every)} / {total}"  # fmt: skip
        assert said == []


def test_the_language_is_switched_by_hand_and_by_key(finished: Any) -> None:
    with opened(DESK) as (page, said):
        for path in pages(finished.folder):
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.lang") == "en"
            english = page.locator("h1").inner_text()
            assert page.locator("[lang|=zh]:not(label):visible").count() == 0, path.name
            page.locator("label[for=lang-zh]").click()
            assert page.evaluate("document.documentElement.lang") == "zh-Hans"
            assert page.locator("[lang=en]:not(label):visible").count() == 0, path.name
            if path.parent.name != "customers":  # their heading is a name
                assert page.locator("h1").inner_text() != english
            page.locator("#lang-zh").press("ArrowLeft")
            assert page.locator("h1").inner_text() == english
        assert said == []


def test_a_name_leads_to_the_customers_page(finished: Any) -> None:
    with opened(PHONE) as (page, said):
        page.goto((finished.folder / "reports/portfolio.html").as_uri())
        link = page.locator("ol.calls h3 a").first
        name = link.inner_text()
        link.click()
        page.wait_for_url("**/customers/*.html")
        assert name in page.locator("h1").inner_text()
        assert said == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_any_page(finished: Any, size: dict[str, int]) -> None:
    found = {}
    with opened(size) as (page, said):
        for path in pages(finished.folder):
            page.goto(path.as_uri())
            assert page.evaluate("document.querySelectorAll('*').length") < MAX_NODES, path.name
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path.name
            for violation in axe.Axe().run(page).response["violations"]:
                found[path.name, violation["id"], violation["impact"]] = [node["html"][:200] for node in violation["nodes"]]  # fmt: skip
        assert said == []
        page.set_content("<html><body><img src=x><p style='color:#ccc;background:#fff'>pale</p>")
        watched = {one["id"] for one in axe.Axe().run(page).response["violations"]}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= watched  # else it looks at nothing
    assert found == {}


def pages(folder: Path) -> list[Path]:
    """Every page of the run; of the customers' the shortest and the longest."""
    of_customers = sorted((folder / "reports/customers").glob("*.html"), key=lambda one: one.stat().st_size)  # fmt: skip
    found = [*sorted((folder / "reports").glob("*.html")), of_customers[0], of_customers[-1]]
    assert len(found) > 8
    return found
