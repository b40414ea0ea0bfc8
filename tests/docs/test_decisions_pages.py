"""The report pages: safe for any name, readable in both languages, from disk alone, of constant size, the same every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from contracts.tables.derived import ACTIONS, PILLARS
from decisions.facts.position import BUCKETS
from decisions.limit import BOUNDS
from quality.rules.rule import Severity
from reports import data_quality as validation
from reports import explanations, monitoring, portfolio
from reports.frame import palette
from reports.locale import words
from reports.model import page as model_validation
from tests.validation_packs import demo_pack

EVIL = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
QUOTES = 'O\'Brien & "Söhne" </title>'
JARGON = re.compile(r"SHAP|log-?odds|\bmargin\b|_\d+d\b|nan\b|None|Infinity", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def call(name: str, number: int = 0) -> dict[str, Any]:
    return {
        "customer_id": f"C{number}", "name": name, "country": "DE", "industry": EVIL, "exposure": Decimal("12000.50"),
        "overdue": Decimal(300), "ead": Decimal(15000), "score": 431, "grade": 9, "pd": 0.21, "action": ACTIONS[number % 6],
        "limit": Decimal(0), "limit_current": None, "limit_bound": BOUNDS[number % 3], "terms_days": 14 * (number % 2),
        "review_on": date(2026, 1, 31), "expected_loss": Decimal("1134.05"),
        "reasons": [{"en": f"{EVIL} paid 23 days late.", "zh": f"{EVIL} 平均逾期 23 天。"}],
    }  # fmt: skip


def weight(**more: Any) -> dict[str, Any]:
    return {
        "customers": 10, "exposure": Decimal(1000), "overdue": Decimal(100), "expected_loss": Decimal(7),
        "mean_pd": 0.02, "share": 0.1,
    } | more  # fmt: skip


def portfolio_context(
    names: tuple[str, ...] = (EVIL, FORMULA, QUOTES), **more: Any
) -> dict[str, Any]:
    return {
        "portfolio": "demo", "title": f"Demo {EVIL}", "as_of": date(2025, 12, 31), "currency": "EUR",
        "horizon_months": 12, "lgd": 0.45, "pdo": 40.0, "at_risk_from_grade": 9, "has_ledger": True,
        "headline": weight(customers=100, overdue_share=0.1, expected_loss_share=0.01, expected_defaults=2.0,
                           at_risk=3, at_risk_exposure=Decimal(9)),
        "outside": weight(), "n_to_call": 31,
        "earlier": {"as_of": date(2025, 9, 30), "worse": 3, "better": 4, "at_risk_change": -1,
                    "exposure_change": Decimal(-5), "overdue_change": Decimal(7)},
        "calls": [call(name, number) for number, name in enumerate(names)],
        "grades": [weight(grade=one) for one in range(1, 11)],
        "actions": [weight(action=one) for one in ACTIONS],
        "receivables": {"days": 92, "dso": 44.1, "best_possible_dso": 30.0, "days_delinquent": 14.1,
                        "countback_dso": 43.0, "effectiveness": None},
        "ageing": [{"bucket": one, "amount": Decimal(10), "share": 0.2} for one in BUCKETS],
        "industries": [weight(industry=EVIL, kind="named"), weight(industry=None, kind="others"),
                       weight(industry=None, kind="unknown")],
        "largest": [{"customer_id": "C1", "name": EVIL, "grade": 3, "exposure": Decimal(9), "share": 0.3}],
    } | more  # fmt: skip


def validation_context(n_examples: int = 2) -> dict[str, Any]:
    rule = {"rule": "due_before_issued", "table": "invoices", "severity": "quarantine", "broken": 56,
            "title_en": "Due before issued", "title_zh": "到期日早于开票日", "share": 0.00056, "tolerance": 0.01,
            "remedy_en": "Check the date formats", "remedy_zh": "检查日期格式", "is_estimate": False,
            "amount": 88_000.0, "outcome": "quarantined", "previous": {"broken": 7, "share": 0.0001, "amount": 900.0},
            "examples": [{"key": EVIL, "column": "due_on", "value": FORMULA * 50, "mended": None}] * n_examples}  # fmt: skip
    return {
        "portfolio": "demo",
        "complete_until": "2025-12-31",
        "currency": "EUR",
        "tables": [
            {
                "table": "invoices",
                "rows_in": 100_000,
                "rows_valid": 99_944,
                "rows_quarantined": 56,
                "rows_repaired": 3,
            }
        ],
        "previous": {
            "complete_until": "2025-11-30",
            "tables": [{"table": "invoices", "rows_in": 98_765}],
        },
        "rules": [
            rule | {"rule": "known_later", "outcome": "reported", "tolerance": 1.0, "amount": None},
            rule,
            rule
            | {
                "rule": "spaces",
                "outcome": "repaired",
                "previous": {"broken": 0, "share": 0.0, "amount": None},
                "examples": [
                    {"key": EVIL, "column": "customer_id", "value": " C1", "mended": "C1"}
                ],
            },
            rule | {"rule": "unique", "outcome": "clean", "broken": 0, "examples": []},
        ],
    }


def explanations_context(n: int = 3) -> dict[str, Any]:
    feature = {"feature": "late_mean_90d", "wording_en": "Average days late", "wording_zh": "平均逾期天数",
               "pillar": "credit_record", "direction": 1, "mean_abs_points": 9.0}  # fmt: skip
    return {
        "portfolio": "demo", "as_of": "2025-12-31", "n_customers": 1234,
        "pillars": [{"pillar": one, "mean_abs_points": 10.0} for one in PILLARS],
        "features": [
            feature | {"effect": [{"value": float(x), "points": 20.0 - x} for x in range(20)]},
            feature | {"effect": [{"value": EVIL, "points": 2.0}, {"value": "b", "points": -1.0}], "direction": 0},
            feature | {"effect": [], "direction": -1},
        ] * n,
        "examples": [
            {"customer_id": "C1", "name": EVIL, "score": 431, "grade": 9, "pd": 0.2, "reasons": ["Late."],
             "reasons_zh": ["逾期。"], "points": [{"wording_en": "Days late", "wording_zh": "逾期天数", "points": -30.2}]},
            {"customer_id": "C2", "name": None, "score": 700, "grade": 3, "pd": 0.002, "reasons": [],
             "reasons_zh": [], "points": []},
        ] * n,
    }  # fmt: skip


def monitoring_context(n: int = 3) -> dict[str, Any]:
    return {
        "portfolio": "demo", "champion": {"name": "demo", "version": "3"}, "verdict": "recalibrate",
        "current": {"from": "2025-01-31", "until": "2026-01-01", "rows": 10, "customers": 5},
        "findings": [
            {"code": "UP-C1", "subject": EVIL, "title_en": "Defaults", "title_zh": "违约", "value": 0.01,
             "threshold": 0.05, "verdict": verdict, "detail_en": "31 of 20.", "detail_zh": "预期 20，实际 31。"}
            for verdict in monitoring.LADDER
        ] * n,
        "features": [
            {"feature": f"late_{i}", "wording_en": f"Days late {i}", "wording_zh": f"逾期天数 {i}", "psi": 0.1 * i,
             "critical": 0.15, "p_value": 0.2, "missing_reference": 0.0, "missing_current": 0.1, "flagged": i > 1}
            for i in range(4 * n)
        ],
        "grades": [
            {"grade": i, "n": 10, "defaults": 1, "mean_pd": 0.01 * i, "observed": None if i < 3 else 0.012 * i,
             "jeffreys_p": None}
            for i in range(1, 11)
        ],
    }  # fmt: skip


def model_validation_context() -> dict[str, Any]:
    pack = demo_pack()
    rows = [{**pack["segments"][0], "level": EVIL}, *pack["segments"][1:]]
    return pack | {"title": f"Demo {EVIL}", "segments": rows}


PAGES: dict[str, tuple[Callable[[Any], str], Callable[..., dict[str, Any]]]] = {
    "portfolio": (portfolio.render, portfolio_context),
    "validation": (validation.render, validation_context),
    "explanations": (explanations.render, explanations_context),
    "monitoring": (monitoring.render, monitoring_context),
    "model_validation": (model_validation.render, model_validation_context),
}
pages = pytest.mark.parametrize("page", list(PAGES))


def rendered(page: str, **changed: Any) -> str:
    render, context = PAGES[page]
    return render(context() | changed)


class Reader(HTMLParser):
    """What a reader of one language sees: text by language, and text that belongs to neither."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {"en": [], "zh-Hans": [], "neither": []}
        self.links: list[str] = []
        self.pairs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]
        self.links += [f"on: {name}" for name in given if name.startswith("on")]
        if tag == "span" and given.get("lang"):
            self.pairs.append(str(given["lang"]))
        mark = given.get("lang") or ("data" if given.get("class") == "data" else None)
        if tag in {"svg", "style", "script", "title"}:
            mark = tag
        if tag not in self.VOID:
            self.open.append((tag, mark))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        marks = [mark for _, mark in self.open[1:] if mark]
        if not data.strip() or any(
            mark in {"data", "svg", "style", "script", "title"} for mark in marks
        ):
            return
        self.texts[marks[-1] if marks else "neither"].append(data.strip())


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, f"not closed: {reader.open}"
    return reader


@pages
def test_input_is_text_never_markup(page: str) -> None:
    html = rendered(page)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    if page == "portfolio":
        assert "O&#39;Brien &amp; &#34;Söhne&#34; &lt;/title&gt;" in html
        assert "=HYPERLINK(&#34;http://evil.example&#34;,&#34;x&#34;)" in html


@pages
def test_opens_without_network(page: str) -> None:
    html = rendered(page)
    assert read(html).links == []
    assert not re.search(r"url\(|@import|<link|<iframe|<object|<img", html)
    outside = set(re.findall(r"https?://[^\"'\s<)&]+", html)) - {"http://evil.example"}
    # names of the SVG language, which nobody fetches
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pages
def test_every_label_speaks_both_languages(page: str) -> None:
    reader = read(rendered(page))
    # each English text is followed by its Chinese one; both are there
    assert reader.pairs[::2] == ["en"] * (len(reader.pairs) // 2)
    assert reader.pairs[1::2] == ["zh-Hans"] * (len(reader.pairs) // 2)
    assert len(reader.pairs) > 40
    assert not [text for text in reader.texts["en"] if CHINESE.search(text)]
    chinese = [text for text in reader.texts["zh-Hans"] if re.search(r"[A-Za-z]{3}", text)]
    assert [text for text in chinese if not CHINESE.search(text)] == []
    # outside the two languages stand numbers, days, codes of currencies and signs
    loose = [text for text in reader.texts["neither"] if re.search(r"[A-Za-z\u4e00-\u9fff]", text)]
    assert set(loose) <= {"EUR", "·  EUR"} | {
        text for text in loose if re.fullmatch(r"\W*EUR\W*", text)
    }


@pages
def test_no_jargon_and_no_missing_value_shows(page: str) -> None:
    reader = read(rendered(page))
    said = [text for name in ("en", "zh-Hans", "neither") for text in reader.texts[name]]
    assert [text for text in said if JARGON.search(text)] == []


@pages
def test_the_same_context_gives_the_same_bytes(page: str) -> None:
    assert rendered(page) == rendered(page)


def test_pages_do_not_grow_with_the_book() -> None:
    many = portfolio_context(tuple("x" * 200 for _ in range(10)))
    assert len(portfolio.render(many).encode()) < 600_000
    assert len(explanations.render(explanations_context(200)).encode()) < 600_000
    assert len(monitoring.render(monitoring_context(200)).encode()) < 600_000
    assert len({len(validation.render(validation_context(n))) for n in (3, 3_000)}) == 1


def test_the_page_without_a_ledger_shows_no_money() -> None:
    html = rendered("portfolio", has_ledger=False, receivables=None, outside=None, earlier=None)
    assert "Open balance</span>" not in html
    assert "No ledger was delivered" in html


def test_the_numbers_of_the_headline_stand_on_the_page() -> None:
    html = rendered(
        "portfolio", headline=portfolio_context()["headline"] | {"exposure": Decimal("48250999.49")}
    )
    assert "48,250,999" in html
    assert "3 customers moved" in html


def test_a_clean_delivery_says_so_first() -> None:
    context = validation_context()
    context["rules"] = [one for one in context["rules"] if one["outcome"] == "clean"]
    html = validation.render(context)
    assert "The data keep every rule." in html
    assert "For example" not in html


def test_a_data_owner_sees_what_to_do_and_how_it_was_last_time() -> None:
    html = validation.render(validation_context())
    assert "Check the date formats." in html
    assert "检查日期格式。" in html
    # 56 of 100,000 after 7 of ... at 0.01 %: more; the repair had found nothing: new; the clean rule had: gone
    for trend in ("more", "new"):
        assert words.TRENDS[trend][0] in html
    assert "new findings 1, gone 1." in html
    assert "98,765" in html


def test_without_a_last_delivery_nothing_is_compared() -> None:
    context = validation_context() | {"previous": None}
    context["rules"] = [rule | {"previous": None} for rule in context["rules"]]
    html = validation.render(context)
    assert "last delivery" not in html.lower()
    assert "Delivered last time" not in html


def test_findings_are_ordered_by_what_they_ask() -> None:
    html = monitoring.render(monitoring_context(1)).split("<h2>", 1)[1]
    asked = ("rebuild", "refit", "recalibrate", "watch")
    order = [html.index(f">{words.VERDICTS[one][0]}</span>") for one in asked]
    assert order == sorted(order)


def test_every_code_has_words_in_both_languages() -> None:
    assert set(words.ACTIONS) == set(words.ACTION_STEPS) == set(ACTIONS)
    assert set(words.PILLARS) == set(PILLARS)
    assert set(words.BOUNDS) == set(BOUNDS)
    assert set(words.BUCKETS) == set(BUCKETS)
    assert set(words.VERDICTS) == set(words.VERDICT_STEPS) == set(monitoring.LADDER)
    assert {one.value for one in Severity} <= set(words.SEVERITIES)
    for group in words.WORDS.values():
        for english, chinese in group.values():
            assert english
            assert not CHINESE.search(english)
            assert CHINESE.search(chinese)


def test_grade_colours_read_well_and_differ_in_lightness() -> None:
    for colour in palette.GRADE_COLOURS:
        assert palette.contrast(palette.ink_on(colour), colour) >= 4.5
    light = [palette.luminance(colour) for colour in palette.GRADE_COLOURS]
    peak = light.index(max(light))  # dark at both ends: without hues each side keeps its order
    assert light[: peak + 1] == sorted(light[: peak + 1])
    assert light[peak:] == sorted(light[peak:], reverse=True)
