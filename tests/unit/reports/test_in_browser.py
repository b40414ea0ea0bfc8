"""The pages in a real browser: nothing on the console, the list searches, sorts and filters, the switch switches, a phone holds it.

The system's Chromium is used where there is one; no driver is installed. A page is driven by a script of the test, in a copy
whose policy lets that script run; the console is watched on the page as it is.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from contracts.documents.portfolio import Portfolio
from reports.customers import render as render_customers
from reports.model.page import render as render_model
from reports.portfolio import render
from tests.dossier_books import described
from tests.unit.reports.test_portfolio_list import document as document  # noqa: PLC0414 - a fixture
from tests.validation_packs import demo_pack
from tests.validation_packs import document as validated

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable") if (found := shutil.which(name))), None)  # fmt: skip
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the pages are not opened in a browser"),
]  # fmt: skip
DRIVER = """
<script>
const list = () => [...document.querySelectorAll("#list tbody tr")].filter((row) => !row.hidden).map((row) => row.cells[1].textContent);
const set = (id, value) => { const one = document.getElementById(id); one.value = value; one.dispatchEvent(new Event("input", { bubbles: true })); };
const found = {};
found.all = list();
set("find", "alpha germany"); found.searched = list();
set("find", "\\u5fb7\\u56fd"); found.chinese = list();
set("find", "<script"); found.hostile = list();
set("find", "nobody"); found.none = list();
set("find", ""); set("by-industry", "retail"); found.industry = list(); found.count = document.getElementById("n-shown").textContent;
set("by-industry", "");
const buttons = [...document.querySelectorAll("#list th button")];
buttons[9].click(); found.overdue = list();
buttons[7].click(); found.pd = list(); found.sorted = document.querySelectorAll("#list th")[7].getAttribute("aria-sort");
buttons[7].click(); found.back = list();
buttons[0].click(); found.names = list();
document.getElementById("lang-zh").click(); found.lang = document.documentElement.lang;
found.heading = [...document.querySelectorAll("h1 span")].filter((one) => getComputedStyle(one).display !== "none").map((one) => one.textContent);
found.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
const out = document.createElement("pre"); out.id = "found"; out.textContent = JSON.stringify(found); document.body.append(out);
</script>
"""


def chromium(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", f"--user-data-dir={path.parent / 'profile'}", *options, path.as_uri()]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def console(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def driven(folder: Path, html: str) -> dict[str, Any]:
    """What the driver found on a page."""
    path = folder / "driven.html"
    path.write_text(re.sub(r"script-src [^\"]*", "script-src 'unsafe-inline'", html).replace("</body>", f"{DRIVER}</body>"), encoding="utf-8")  # fmt: skip
    done = chromium(path, "--dump-dom", "--virtual-time-budget=2000", "--window-size=1200,900")
    shown = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, flags=re.DOTALL)
    assert shown is not None, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(unescape(shown.group(1)))
    return found


def test_the_list_searches_filters_and_sorts(tmp_path: Path, document: Portfolio) -> None:
    found = driven(tmp_path, render(document))
    # balances: A 850.50, C 380, B 150, F 0; PDs: B 20 %, A 3 %, F 2 %, C 1 %
    assert found["all"] == ["A", "C", "B", "F"]
    assert (found["searched"], found["chinese"], found["none"]) == (["A"], ["A"], [])
    assert found["hostile"] == ["F"]
    assert (found["industry"], found["count"]) == (["A", "B"], "2 / 4")
    assert found["overdue"][0] == "A"
    assert (found["pd"], found["sorted"]) == (["B", "A", "F", "C"], "descending")
    assert found["back"] == ["C", "F", "A", "B"]
    assert found["names"][1:] == ["A", "B", "C"]  # the hostile name begins with a bracket
    assert (found["lang"], found["heading"]) == ("zh-Hans", ["客户健康评分：授信组合"])
    assert not found["wide"]


def test_nothing_is_on_the_console_of_any_page(tmp_path: Path, document: Portfolio) -> None:
    pages = {"portfolio.html": render(document), **render_customers(described(tmp_path))}
    for name, html in pages.items():
        path = tmp_path / f"as-it-is-{name}"
        path.write_text(html, encoding="utf-8")
        done = chromium(path, "--dump-dom", "--virtual-time-budget=1000")
        assert console(done) == [], name
        assert "</html>" in done.stdout
    # the watch works: a script that the policy does not know is refused, loudly
    path = tmp_path / "stray.html"
    path.write_text(pages["portfolio.html"].replace("</body>", "<script>1</script></body>"), encoding="utf-8")  # fmt: skip
    assert any("Content Security Policy" in line for line in console(chromium(path, "--dump-dom")))


def test_a_phone_holds_the_pages_and_paper_takes_them(tmp_path: Path, document: Portfolio) -> None:
    probe = '<script>document.title = "W" + document.documentElement.scrollWidth + "/" + document.documentElement.clientWidth;</script></body>'
    pages = {"portfolio.html": render(document), **render_customers(described(tmp_path))}
    for name in ("portfolio.html", "A.html", "F.html"):
        path = tmp_path / f"narrow-{name}"
        inner = re.sub(r"script-src [^\"]*", "script-src 'unsafe-inline'", pages[name]).replace("</body>", probe)  # fmt: skip
        path.write_text(inner, encoding="utf-8")
        done = chromium(path, "--dump-dom", "--virtual-time-budget=500", "--window-size=500,800")
        width, room = map(int, re.findall(r"<title>W(\d+)/(\d+)</title>", done.stdout)[0])
        assert width <= room <= 500, name
        paper = tmp_path / f"{name}.pdf"
        chromium(path, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
        assert paper.read_bytes().startswith(b"%PDF-"), name
        assert 10_000 < paper.stat().st_size < 2_000_000, name


def test_no_column_of_chinese_words_is_one_character_wide_on_a_phone(tmp_path: Path) -> None:
    """Chinese may break after any character, so a table that must fit leaves prose no width at all."""
    probe = """<script>document.getElementById("lang-zh").click();
    const cells = [...document.querySelectorAll(".scroll td")].filter((one) => one.innerText.trim().length > 12 && getComputedStyle(one).display === "table-cell");
    document.title = "N" + cells.length + "/" + Math.floor(Math.min(...cells.map((one) => one.clientWidth)));</script></body>"""
    path = tmp_path / "narrow-model.html"
    path.write_text(re.sub(r"script-src [^\"]*", "script-src 'unsafe-inline'", render_model(validated(demo_pack()))).replace("</body>", probe), encoding="utf-8")  # fmt: skip
    done = chromium(path, "--dump-dom", "--virtual-time-budget=500", "--window-size=500,800")
    n, narrowest = map(int, re.findall(r"<title>N(\d+)/(\d+)</title>", done.stdout)[0])
    assert n > 10
    assert narrowest >= 60  # six characters


def test_a_picture_of_the_page_is_not_blank(tmp_path: Path) -> None:
    pages = render_customers(described(tmp_path))
    path, shot = tmp_path / "A.html", tmp_path / "A.png"
    path.write_text(pages["A.html"], encoding="utf-8")
    chromium(path, f"--screenshot={shot}", "--window-size=1000,2000")
    assert shot.stat().st_size > 60_000  # a blank page of this size takes some 10 kB
