"""The report pages: safe for any name, readable in both languages, from disk alone, of constant size, the same every time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from contracts.documents.base import Document
from contracts.documents.data_quality import Before, DataQuality
from contracts.documents.explanations import Explanations
from contracts.documents.monitoring import REMEDIES, Monitoring
from contracts.documents.outlook import Case
from contracts.documents.portfolio import Portfolio
from contracts.documents.recalibration import Decision, Reason, Recalibration
from contracts.documents.receipt import Rung
from contracts.errors import ContractError
from contracts.tables.derived import ACTIONS, PILLARS
from contracts.tables.raw import RAW_TABLES
from decisions.facts.position import BUCKETS
from decisions.limit import BOUNDS
from models.upkeep.recalibration import line
from reports import data_quality as validation
from reports import explanations, monitoring, portfolio, recalibration
from reports.frame import palette
from reports.locale.catalogue import LANGUAGES, catalogue, say
from reports.model import page as model_validation
from tests.validation_packs import demo_pack, document

EVIL = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
QUOTES = 'O\'Brien & "Söhne" </title>'
JARGON = re.compile(r"SHAP|log-?odds|\bmargin\b|_\d+d\b|nan\b|None|Infinity", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


FACTS = [
    {"kind": "event", "event": "legal_action", "on": date(2025, 11, 2)},
    {"kind": "over_limit", "amount": Decimal(10), "exposure": Decimal(1_010), "limit": Decimal(1_000)},
    {"kind": "oldest_overdue", "days": 41, "amount": Decimal(900)},
    {"kind": "alarm", "on": date(2025, 11, 2), "value": 48.0, "bound": 55.0, "is_below": True, "wording_en": f"Index {EVIL}", "wording_zh": f"指数 {EVIL}"},
    {"kind": "negative_equity", "on": date(2024, 12, 31), "amount": Decimal(5_000), "currency": "PLN"},
    {"kind": "loss", "on": date(2024, 12, 31), "amount": Decimal(7_000), "currency": "PLN"},
]  # fmt: skip


def call(name: str, number: int = 0) -> dict[str, Any]:
    return {
        "customer_id": f"C{number}", "name": name, "country": "DE", "industry": EVIL, "exposure": Decimal("12000.50"),
        "overdue": Decimal(300), "ead": Decimal(15000), "score": 431, "grade": 9, "pd": 0.21, "action": ACTIONS[number % 6], "because": "at_risk", "facts": FACTS,
        "context": [{"role": "ours", "points": -57.2, "text": {"en": f"Cuts {EVIL}: 2", "zh": f"下调 {EVIL}：2"}}],
        "limit": Decimal(0), "limit_current": None, "limit_bound": BOUNDS[number % 3], "terms_days": 14 * (number % 2),
        "review_on": date(2026, 1, 31), "expected_loss": Decimal("1134.05"),
        "reasons": [{"en": f"{EVIL} paid 23 days late.", "zh": f"{EVIL} 平均逾期 23 天。"}],
    }  # fmt: skip


def weight(**more: Any) -> dict[str, Any]:
    return {
        "customers": 10, "exposure": Decimal(1000), "overdue": Decimal(100), "expected_loss": Decimal(7),
        "mean_pd": 0.02,
    } | more  # fmt: skip


def portfolio_context(
    names: tuple[str, ...] = (EVIL, FORMULA, QUOTES), **more: Any
) -> dict[str, Any]:
    return {
        "portfolio": "demo", "gates_not_passed": (), "title": f"Demo {EVIL}", "as_of": date(2025, 12, 31), "currency": "EUR",
        "horizon_months": 12, "lgd": 0.45, "pdo": 40.0, "at_risk_from_grade": 9, "has_ledger": True,
        "headline": weight(customers=100, overdue_share=0.1, expected_loss_share=0.01, expected_defaults=2.0,
                           at_risk=3, at_risk_exposure=Decimal(9)),
        "outside": {"customers": 10, "exposure": Decimal(1000), "overdue": Decimal(100)}, "n_to_call": 31,
        "without_limit": 0,
        "earlier": {"as_of": date(2025, 9, 30), "customers": 80, "worse": 3, "better": 4, "at_risk_change": -1,
                    "exposure_change": Decimal(-5), "overdue_change": Decimal(7),
                    "left": {"customers": 6, "at_risk": 2, "in_default": 4, "exposure": Decimal(700), "overdue": Decimal(90),
                             "exposure_now": Decimal(650), "overdue_now": Decimal(640)},
                    "came": {"customers": 5, "at_risk": 1, "exposure": Decimal(400), "overdue": Decimal(30)}},
        "calls": [call(name, number) for number, name in enumerate(names)],
        "grades": [weight(grade=one) for one in range(1, 11)],
        "actions": [weight(action=one) for one in ACTIONS],
        "receivables": {"days": 92, "dso": 44.1, "best_possible_dso": 30.0, "days_delinquent": 14.1,
                        "countback_dso": 43.0, "is_countback_beyond": False, "effectiveness": None},
        "receivables_ledger": {"days": 92, "dso": 64.1, "best_possible_dso": 30.0, "days_delinquent": 34.1,
                               "countback_dso": 365.0, "is_countback_beyond": True, "effectiveness": None},
        "healthy": {"since": date(2024, 1, 31), "until": date(2024, 12, 31), "customers": 900, "industries": ("food",)},
        "ageing": [{"bucket": one, "amount": Decimal(10), "share": 0.2, "ledger_amount": Decimal(30), "ledger_share": 0.3} for one in BUCKETS],
        "industries": [weight(industry=EVIL, kind="named", share=0.1), weight(industry=None, kind="others", share=0.1),
                       weight(industry=None, kind="unknown", share=0.1)],
        "largest": [{"customer_id": "C1", "name": EVIL, "grade": 3, "exposure": Decimal(9), "share": 0.3}],
        "listed": [{"customer_id": one, "name": one, "country": "DE", "industry": EVIL, "action": "keep", "score": 600, "grade": 3, "pd": 0.02,
                    "exposure": Decimal(9), "overdue": Decimal(1), "expected_loss": Decimal(1), "limit": None} for one in names],
        "described": ("C1",),
    } | more  # fmt: skip


def validation_document(n_examples: int = 2, **more: Any) -> DataQuality:
    rule = {"rule": "due_before_issued", "table": "invoices", "severity": "quarantine", "broken": 56, "is_beyond": False,
            "title_en": "Due before issued", "title_zh": "到期日早于开票日", "share": 0.00056, "tolerance": 0.01,
            "remedy_en": "Check the date formats", "remedy_zh": "检查日期格式", "is_estimate": False, "outcome": "failed",
            "amount": 88_000.0, "done": "quarantined", "previous": {"broken": 7, "share": 0.0001, "amount": 900.0},
            "examples": [{"key": EVIL, "column": "due_on", "value": FORMULA * 50, "mended": None}] * n_examples}  # fmt: skip
    count = {"table": "invoices", "rows_in": 100_000, "rows_valid": 99_944, "rows_quarantined": 56, "rows_repaired": 3}  # fmt: skip
    none = {"broken": 0, "share": 0.0, "amount": None}
    rules = [
        rule | {"rule": "known_later", "done": "reported", "tolerance": 1.0, "amount": None},
        rule | {"effect": {"days": 90, "late_believed": 116, "late_used": 30, "open_believed": 4_812_000.0, "open_used": 3_901_250.0, "customers": 92}, "in_doubt": ("defaults",)},
        rule
        | {
            "rule": "spaces",
            "done": "repaired",
            "previous": none,
            "examples": [{"key": EVIL, "column": "customer_id", "value": " C1", "mended": "C1"}],
        },
        rule | {"rule": "unique", "outcome": "passed", "done": "clean", "examples": []} | none,
        rule | {"rule": "balances", "outcome": "not_applicable", "done": "not_asked", "examples": []} | none,
    ]  # fmt: skip
    values = {
        "portfolio": "demo", "delivery": "a1", "complete_until": "2025-12-31", "currency": "EUR", "stopped_by": [],
        "tables": [count], "rules": rules, "in_doubt": {"defaults": 0.5, "money": 0.25},
        "previous": {"complete_until": "2025-11-30", "tables": [count | {"rows_in": 98_765}]},
    } | more  # fmt: skip
    return DataQuality.from_text(json.dumps(values), where="here")


def explanations_context(n: int = 3) -> dict[str, Any]:
    feature = {"feature": "late_mean_90d", "wording_en": "Average days late", "wording_zh": "平均逾期天数",
               "pillar": "credit_record", "unit": "days", "direction": 1, "mean_abs_points": 9.0}  # fmt: skip
    return {
        "portfolio": "demo", "gates_not_passed": (), "as_of": date(2025, 12, 31), "n_customers": 1234,
        "pillars": [{"pillar": one, "mean_abs_points": 10.0} for one in PILLARS],
        "features": [
            feature | {"effect": [{"value": float(x), "points": 20.0 - x} for x in range(20)]},
            feature | {"effect": [{"value": EVIL, "points": 2.0}, {"value": "b", "points": -1.0}], "direction": 0},
            feature | {"effect": [], "direction": -1},
        ] * n,
        "examples": [
            {"customer_id": "C1", "name": EVIL, "score": 431, "grade": 9, "pd": 0.2,
             "reasons": [{"en": "Late.", "zh": "逾期。"}],
             "points": [{"wording_en": "Days late", "wording_zh": "逾期天数", "points": -30.2}]},
            {"customer_id": "C2", "name": None, "score": 700, "grade": 3, "pd": 0.002, "reasons": [], "points": []},
        ] * n,
        "measured": {
            "customers": 900, "each_rises": 1.0, "rises": 0.98, "lifts": 0.42, "able": 500, "able_lifts": {"value": 0.8, "low": 0.76, "high": 0.83},
            "able_plain": 0.5, "members": 2, "overlap": 0.78, "drawn_anew": 0.9,
            "planted": 100, "recall": 0.6, "recall_plain": 0.5, "among": 4, "foreign": 0.2, "least": 0.5, "inputs": 20,
            "agreement": [{"grade": grade, "customers": 40, "first": 0.9, "among": 1.0, "lifts": 0.5} for grade in range(1, 11)],
            "inert": [{"feature": "late_mean_90d", "wording_en": EVIL, "wording_zh": f"输入 {EVIL}"}],
        },
        "swarm": [{"feature": "late_mean_90d", "dots": [{"points": float(x % 7), "place": None if x % 5 else x / 300} for x in range(300)]}] * 12,
    }  # fmt: skip


ACTION_OF = {"UP-Q2": "rebuild", "UP-P1": "refit", "UP-C2": "recalibrate", "UP-D1": "watch"}


OUTLOOK: dict[str, Any] = {
    "from": date(2024, 2, 1), "until": date(2026, 1, 1), "use_from": date(2026, 1, 1), "use_until": date(2027, 1, 1),
    "offset": -0.31, "error": 0.24, "low": -0.78, "high": 0.16, "chance": 0.82, "needed": 0.7, "lasting": 0.4, "passing": 0.5, "half_life": 1.3,
    "movement": {"years": 8.9, "half_life": 1.3, "low": 0.4, "high": 4.2, "passing": 0.5, "set_half_life": 0.5, "set_passing": 0.4, "set_weight": 0.62}, "share": 0.55,
    "trend": [
        {"from": date(2024, 1, 1), "until": date(2025, 1, 1), "seen": 61.0, "expected": 40.0, "offset": 0.33},
        {"from": date(2025, 1, 1), "until": date(2026, 1, 1), "seen": 22.0, "expected": 39.5, "offset": -0.45},
    ],
}  # fmt: skip


RULING = {"case": "too_few", "defaults": 12, "needed": 25, "chance": 0.61, "asked": 0.7, "last_day": date(2025, 12, 31), "evidence": 14.2, "shown": 240.0}  # fmt: skip


def monitoring_context(n: int = 3) -> dict[str, Any]:
    version = {"name": "bonitas-demo", "version": "3", "digest": "0" * 64}
    inputs = [
        {
            "feature": f"late_{i}",
            "wording_en": f"{EVIL} days late {i}",
            "wording_zh": f"逾期天数 {i}",
        }
        for i in range(4 * n)
    ]
    figures = {"UP-Q2": {"concerned": 9, "inputs": 12}, "UP-P1": {"now": 0.7, "error": 0.02, "before": 0.8},
               "UP-C2": {"grades": ["5", "7"]}, "UP-D1": {}}  # fmt: skip
    return {
        "portfolio": "demo", "action": "rebuild",
        "champion": version | {"from": date(2024, 1, 31), "until": date(2025, 1, 1)},
        "current": {"from": date(2025, 1, 31), "until": date(2026, 1, 1), "rows": 10, "customers": 5},
        "findings": [
            {"code": code, "outcome": "failed", "value": 0.01, "threshold": 0.05, "values": figures[code],
             "action": action, "inputs": inputs if code == "UP-Q2" else []}
            for code, action in ACTION_OF.items()
        ] + [
            {"code": "UP-Q1", "outcome": "passed", "value": 0.0, "threshold": 0.0, "values": {"inputs": 12}},
            {"code": "UP-C1", "outcome": "not_applicable", "case": "too_few", "values": {"defaults": 1, "needed": 5}},
        ],
        "features": [
            one | {"psi": 0.1 * i, "ordinary": None if i == 0 else 0.02, "critical": 0.15, "p_value": 0.2, "missing_reference": 0.0, "missing_current": 0.1,
                   "flagged": i > 1, "within_year": i > 2}
            for i, one in enumerate(inputs)
        ],
        "grades": [
            {"grade": i, "n": 10, "defaults": 1, "mean_pd": 0.01 * i, "observed": None if i < 3 else 0.012 * i,
             "jeffreys_p": None}
            for i in range(1, 11)
        ],
        "graded": {"from": date(2024, 2, 1), "until": date(2025, 1, 2)}, "outlook": OUTLOOK, "ruling": RULING,
        "budget": {"a_year": 0.5, "looks": 12.0, "checks": [{"code": "UP-S1", "share": 1.0, "a_year": 0.5}]},
        "sequence": {
            "months": [{"from": date(2020 + i // 12, i % 12 + 1, 1), "until": date(2020 + i // 12, i % 12 + 1, 28), "customers": 900,
                        "expected": 3.25, "seen": i % 5, "evidence": float(i), "shown": float(i), "high": 12, "low": None if i < 20 else 0}
                       for i in range(16 * n)],
            "threshold": 40.0, "asked": 240.0, "clustering": 1.2, "timing_from": 88,
        },
    }  # fmt: skip


def recalibration_context() -> dict[str, Any]:
    step = {
        "statistic": 46.2,
        "p_value": 0.0,
        "defaults": 135,
        "needed": 25,
        "taken": True,
        "reason": "taken",
    }
    gate = {
        "outcome": "passed",
        "value": -0.11,
        "threshold": 0.5,
        "values": {"error": 0.16},
        "case": "held_back",
    }
    few = {"fitted": 3, "held_back": 2, "needed": 5}
    return {
        "portfolio": EVIL, "champion": {"name": "bonitas-demo", "version": "1", "digest": "0" * 64},
        "cohort": {"from": date(2024, 1, 31), "until": date(2025, 1, 1), "rows": 16291, "customers": 1443,
                   "defaults": 135, "seen_at_registration": True},
        "steps": [step | {"step": "offset"},
                  step | {"step": "slope", "taken": False, "reason": "sufficient"},
                  step | {"step": "shape", "taken": False, "reason": "too_few", "statistic": None, "p_value": None}],
        "decision": "offset", "correction": {"intercept": 0.72, "slope": 1.0, "curvature": 0.0},
        "outlook": OUTLOOK, "detectable_shift": 0.336, "power": 0.8, "ruling": RULING | {"case": "offset"},
        "gates": [gate | {"code": "PD-C1"}, gate | {"code": "PD-C2", "outcome": "failed"},
                  {"code": "PD-B1", "outcome": "not_applicable", "threshold": 0.0, "values": few, "case": "held_back_too_few"}],
        "version": "2", "alias": "challenger", "verdict": "challenger",
    }  # fmt: skip


def model_validation_context() -> dict[str, Any]:
    pack = demo_pack()
    rows = [{**pack["segments"][0], "level": EVIL}, *pack["segments"][1:]]
    return pack | {"title": f"Demo {EVIL}", "segments": rows}


PAGES: dict[str, tuple[Callable[[Any], str], Callable[..., Any]]] = {
    "portfolio": (portfolio.render, portfolio_context),
    "validation": (validation.render, validation_document),
    "explanations": (explanations.render, explanations_context),
    "monitoring": (monitoring.render, monitoring_context),
    "recalibration": (recalibration.render, recalibration_context),
    "model_validation": (
        lambda pack: model_validation.render(document(pack)),
        model_validation_context,
    ),
}
DOCUMENTS: dict[str, type[Document]] = {
    "portfolio": Portfolio,
    "explanations": Explanations,
    "monitoring": Monitoring,
    "recalibration": Recalibration,
}
pages = pytest.mark.parametrize("page", list(PAGES))


def shown(page: str, context: Any) -> str:
    """The page of a context; where it is made of a document, of the document that such a file holds."""
    render, kind = PAGES[page][0], DOCUMENTS.get(page)
    if kind is None:
        return render(context)
    written = kind.model_validate(context, strict=False).text()
    return render(kind.from_text(written, where=page))


def rendered(page: str, **changed: Any) -> str:
    made = PAGES[page][1]()
    return shown(page, made | changed if isinstance(made, dict) else made)


@cache
def once(page: str) -> str:
    """The page as it is; several tests look at it."""
    return rendered(page)


class Reader(HTMLParser):
    """What a reader of one language sees: text by language, and text that belongs to neither."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {"en": [], "zh-Hans": [], "neither": [], "option": []}
        self.links: list[str] = []
        self.pairs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]
        self.links += [f"on: {name}" for name in given if name.startswith("on")]
        if tag == "span" and given.get("lang"):
            self.pairs.append(str(given["lang"]))
        mark = given.get("lang") or ("data" if given.get("class") == "data" else None)
        if tag in {"svg", "style", "script", "title", "option"}:
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
    html = once(page)
    ours = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    # the language switch, and what searches the list of the book; the page's policy lets no other run
    assert len(ours) == html.count("<script") == (2 if page == "portfolio" else 1)
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in ours]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}\"" in html
    assert "&lt;script&gt;" in html
    if page == "portfolio":
        assert "O&#39;Brien &amp; &#34;Söhne&#34; &lt;/title&gt;" in html
        assert "=HYPERLINK(&#34;http://evil.example&#34;,&#34;x&#34;)" in html


@pages
def test_opens_without_network(page: str) -> None:
    html = once(page)
    # beside the page lie those of customers, and nothing else is led to
    links = read(html).links
    assert all(re.fullmatch(r"customers/[^/:]+\.html", one) for one in links)
    assert bool(links) == (page == "portfolio")
    assert not re.search(r"url\(|@import|<link|<iframe|<object|<img", html)
    outside = set(re.findall(r"https?://[^\"'\s<)&]+", html)) - {"http://evil.example"}
    # names of the SVG language, which nobody fetches
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pages
def test_every_label_speaks_both_languages(page: str) -> None:
    reader = read(once(page))
    # each English text is followed by its Chinese one; both are there
    assert reader.pairs[::2] == ["en"] * (len(reader.pairs) // 2)
    assert reader.pairs[1::2] == ["zh-Hans"] * (len(reader.pairs) // 2)
    assert len(reader.pairs) > 40
    assert not [text for text in reader.texts["en"] if CHINESE.search(text)]
    chinese = [text for text in reader.texts["zh-Hans"] if re.search(r"[A-Za-z]{3}", text)]
    assert [text for text in chinese if not CHINESE.search(text)] == []
    # a browser shows no part of an option by language: both stand in it, but for a number or an industry as delivered
    options = [text for text in reader.texts["option"] if text != EVIL and not text.isdigit()]
    assert all(CHINESE.search(text.partition(" · ")[2]) for text in options)
    assert not any(CHINESE.search(text.partition(" · ")[0]) for text in options)
    # outside the two languages stand numbers, days, codes of currencies and signs
    loose = [text for text in reader.texts["neither"] if re.search(r"[A-Za-z\u4e00-\u9fff]", text)]
    assert set(loose) <= {"EUR", "·  EUR"} | {
        text for text in loose if re.fullmatch(r"\W*EUR\W*", text)
    }


@pages
def test_no_jargon_and_no_missing_value_shows(page: str) -> None:
    reader = read(once(page))
    said = [text for name in ("en", "zh-Hans", "neither") for text in reader.texts[name]]
    assert [text for text in said if JARGON.search(text)] == []


@pages
def test_the_same_context_gives_the_same_bytes(page: str) -> None:
    assert rendered(page) == once(page)


def test_pages_do_not_grow_with_the_book() -> None:
    many = portfolio_context(tuple("x" * 200 for _ in range(10)))
    assert len(shown("portfolio", many).encode()) < 600_000
    assert len(shown("explanations", explanations_context(200)).encode()) < 600_000
    assert len(shown("monitoring", monitoring_context(200)).encode()) < 600_000
    assert len({len(validation.render(validation_document(n))) for n in (3, 3_000)}) == 1


def test_reasons_that_lift_too_few_grades_are_a_miss_on_the_page() -> None:
    measured = explanations_context()["measured"]
    assert "80.0% is short of it" in once("explanations")
    held = measured | {"able_lifts": {"value": 0.9, "low": 0.88, "high": 0.93}}
    assert "short of it" not in rendered("explanations", measured=held)


def test_the_page_without_a_ledger_shows_no_money() -> None:
    html = rendered(
        "portfolio",
        has_ledger=False,
        receivables=None,
        receivables_ledger=None,
        outside=None,
        earlier=None,
    )
    assert "Open balance</span>" not in html
    assert "No ledger was delivered" in html


def test_the_numbers_of_the_headline_stand_on_the_page() -> None:
    html = rendered(
        "portfolio", headline=portfolio_context()["headline"] | {"exposure": Decimal("48250999.49")}
    )
    assert "48,250,999" in html
    assert "No limit is recommended" not in html
    assert "set by" in html
    assert (
        "80 customers in both books: 3 downgraded, 4 upgraded; change in the number at risk: −1."
        in html
    )
    assert "No longer scored: 6 customers, of which at risk then: 2." in html
    assert "In default by now: 4 customers; the others owe nothing." in html
    assert "Together they owed 700, overdue 90, and owe 650 now, overdue 640." in html
    assert "New: 5 customers, of which at risk: 1." in html
    earlier = portfolio_context()["earlier"]
    gone = earlier | {"left": earlier["left"] | {"in_default": 6}}
    assert "owe nothing" not in rendered("portfolio", earlier=gone)  # there are no others
    one = rendered("portfolio", earlier=earlier | {"customers": 1})
    assert "1 customer in both books" in one


def test_a_customer_without_a_limit_is_told_what_is_missing() -> None:
    without = [call("Ltd", 1) | {"limit": None, "limit_bound": None}]
    html = rendered("portfolio", calls=without, without_limit=17)
    assert "No limit is recommended for 17 customers: there is neither a ledger" in html
    assert "neither ledger nor recent statement" in html
    assert "set by" not in html


def test_a_customer_on_prepayment_has_no_credit_to_explain() -> None:
    prepaid = [call("Ltd", 0) | {"terms_days": 0, "limit": Decimal(0), "limit_bound": "need"}]
    html = rendered("portfolio", calls=prepaid)
    assert "prepayment" in html
    assert "set by" not in html


def with_rules(document: DataQuality, **changed: Any) -> DataQuality:
    """The document with every rule changed alike."""
    rules = tuple(rule.model_copy(update=changed) for rule in document.rules)
    return document.model_copy(update={"rules": rules})


def test_a_clean_delivery_says_so_first() -> None:
    document = validation_document()
    clean = tuple(rule for rule in document.rules if rule.outcome != "failed")
    html = validation.render(document.model_copy(update={"rules": clean}))
    assert "No rule found anything wrong." in html
    assert "1 check made, 0 findings." in html
    assert "1 check not applicable" in html
    assert "For example" not in html


def test_a_data_owner_sees_what_to_do_and_how_it_was_last_time() -> None:
    html = validation.render(validation_document())
    assert "Check the date formats." in html
    assert "检查日期格式。" in html
    # 56 of 100,000 after 7 of ... at 0.01 %: more; the repair had found nothing: new; the clean rule had: gone
    for trend in ("more", "new"):
        assert say("en", f"trend.{trend}") in html
    assert "Against the delivery complete until <time>2025-11-30</time>: 1 new, 1 resolved." in html
    assert "98,765" in html
    assert "Quarantined: 56 of 100,000 rows (0.06%)." in html
    assert "3 rows with a corrected value" in html


def test_what_was_wrong_last_time_and_is_not_any_more_is_resolved() -> None:
    before = Before(broken=7, share=0.0001, amount=900.0)
    html = validation.render(with_rules(validation_document(), broken=0, previous=before))
    assert ": 0 new, 1 resolved." in html


def test_a_delivery_that_stopped_the_run_says_so_first_and_shows_why_first() -> None:
    document = validation_document(stopped_by=["invoices.known_later"])
    first, *rest = document.rules
    rules = (*rest, first.model_copy(update={"is_beyond": True}))
    html = validation.render(document.model_copy(update={"rules": rules}))
    assert "The run stopped: 1 finding beyond tolerance." in html
    assert "Rows that pass" in html
    assert "Rows used" not in html
    assert html.index("known_later") < html.index("due_before_issued")
    assert html.count("Beyond tolerance") == 1
    assert "Beyond tolerance" not in validation.render(validation_document())


def test_without_a_last_delivery_nothing_is_compared() -> None:
    html = validation.render(with_rules(validation_document(previous=None), previous=None))
    assert "last delivery" not in html.lower()
    assert "Against the delivery" not in html


def test_findings_are_ordered_by_what_they_call_for() -> None:
    html = once("monitoring").split("<h2>", 1)[1]
    order = [html.index(f">{say('en', f'remedy.{one}')}</span>") for one in ACTION_OF.values()]
    assert order == sorted(order)


def test_what_is_only_watched_calls_for_no_action() -> None:
    """Four findings fail: one asks to be watched, three for something to be done."""
    html = once("monitoring")
    tile = html.split("Findings that call for action", 1)[1].split("Could not be checked", 1)[0]
    assert re.findall(r">(\d+)<", tile)[0] == "3"
    assert "of 6 checks; to be watched: 1" in tile


def test_a_check_that_could_not_be_made_does_not_read_as_fine() -> None:
    context = monitoring_context()
    fine = [one for one in context["findings"] if one["outcome"] != "failed"]
    html = shown("monitoring", context | {"findings": fine, "action": "nothing"})
    assert "No check calls for action, but 1 check could not be made" in html
    assert "Defaulted customers with a matured outcome: 1; the test needs at least 5." in html
    assert 'class="verdict good"' not in html
    passed = [one for one in fine if one["outcome"] == "passed"]
    sure = shown("monitoring", context | {"findings": passed, "action": "nothing"})
    assert 'class="verdict good"' in sure
    assert "could not be made" not in sure


def test_the_page_about_recalibration_says_what_was_done_and_what_could_have_been_seen() -> None:
    html = once("recalibration")
    assert ">2.05<" in html  # exp(0.72)
    assert "multiplies or divides the odds of default by 1.40 would have been found with a probability of 80%" in html  # fmt: skip
    assert "Defaulted customers: 135; this step needs at least 25." in html
    assert "Version 2 holds the new calibration; it is a challenger" in html
    assert ">applied<" in html.replace("\n", "")
    waiting = rendered("recalibration", alias="recalibrated")
    assert "it is waiting as recalibrated: a person decides" in waiting
    assert "it is waiting no more: bonitas history says what was decided about it" in rendered("recalibration", alias=None)  # fmt: skip
    refused = rendered("recalibration", version=None, alias=None, verdict="refused", ruling=RULING | {"case": "refused"})  # fmt: skip
    assert "its gates did not admit a correction of it" in refused
    assert "not applied: the gates did not admit it" in refused
    assert ">applied<" not in refused
    none = {"decision": "none", "version": None, "alias": None, "verdict": "unchanged", "gates": [], "detectable_shift": None, "ruling": RULING}  # fmt: skip
    assert "the calibration stands untested" in rendered("recalibration", **none)
    judged = {**none, "detectable_shift": 0.4, "ruling": RULING | {"case": "none"}}
    lines = [line(Recalibration.model_validate(recalibration_context() | one, strict=False)) for one in (none, judged)]  # fmt: skip
    few = (
        "the calibration stays for now: 12 defaults are newer than its level, a correction needs 25"
    )
    assert lines == [few, "the calibration stands"]
    told = [line(Recalibration.model_validate(recalibration_context() | {"alias": one}, strict=False)) for one in ("recalibrated", "champion", None)]  # fmt: skip
    assert "version 2 waits as recalibrated: `bonitas pack 2` shows" in told[0]
    assert told[1].endswith("version 2 is champion")
    assert "`bonitas history` says what was decided" in told[2]
    said = [say(language, "recalibration.too_few", RULING) for language in LANGUAGES]
    for page in ("monitoring", "recalibration"):  # one decision, one sentence
        assert all(one in rendered(page, ruling=RULING) for one in said)


def test_every_decision_step_and_reason_is_said() -> None:
    for language in LANGUAGES:
        for case in (*get_args(Decision), *get_args(Case)):
            say(language, f"recalibration.{case}", RULING)
        for rung in get_args(Rung):
            for reason in get_args(Reason):
                if reason == "newest" and rung != "offset":
                    continue  # the newest defaults speak of the level alone
                own = reason in {"taken", "sufficient", "newest"}
                say(language, f"rung.{rung}.{reason}" if own else f"rung.{reason}", {"defaults": 1, "needed": 2})  # fmt: skip


@pytest.mark.parametrize("page", list(DOCUMENTS))
def test_a_document_of_an_older_version_is_refused_with_what_to_do(page: str) -> None:
    context = PAGES[page][1]()
    kind = DOCUMENTS[page]
    written = kind.model_validate(context, strict=False).to_json()
    for older in (written | {"title_en": "Defaults"}, {"portfolio": "demo"}):
        with pytest.raises(ContractError, match=kind.__name__) as caught:
            kind.from_text(json.dumps(older), where=f"reports/{page}.json")
        assert f"reports/{page}.json" in caught.value.where
        assert "dvc repro" in caught.value.next_step


def test_money_is_exact_in_the_file() -> None:
    context = portfolio_context() | {"outside": {"customers": 1, "exposure": Decimal("90071992547409931.07"), "overdue": Decimal("0.10")}}  # fmt: skip
    made = Portfolio.model_validate(context, strict=False)
    assert json.loads(made.text())["outside"]["exposure"] == "90071992547409931.07"
    assert Portfolio.from_text(made.text(), where="").outside == made.outside


def test_every_code_has_words() -> None:
    """In both languages: `test_catalogue` holds the two at parity."""
    texts = catalogue("en").texts
    for group, codes in {
        "action": ACTIONS, "action_step": ACTIONS, "pillar": PILLARS, "bound": BOUNDS, "bucket": BUCKETS,
        "grade": range(1, 11), "direction": (-1, 0, 1), "table": RAW_TABLES,
        "done": ("reported", "repaired", "quarantined"), "trend": ("new", "more", "same", "fewer", "gone"),
    }.items():  # fmt: skip
        assert {f"{group}.{code}" for code in codes} <= set(texts), group
    assert set(monitoring.TONES) == set(REMEDIES)


def test_grade_colours_read_well_and_differ_in_lightness() -> None:
    for colour in palette.GRADE_COLOURS:
        assert palette.contrast(palette.ink_on(colour), colour) >= 4.5
    light = [palette.luminance(colour) for colour in palette.GRADE_COLOURS]
    peak = light.index(max(light))  # dark at both ends: without hues each side keeps its order
    assert light[: peak + 1] == sorted(light[: peak + 1])
    assert light[peak:] == sorted(light[peak:], reverse=True)


def test_a_finding_says_what_its_rows_would_have_made_of_customers_and_balances() -> None:
    reader = read(once("validation"))
    said = " ".join(reader.texts["en"])
    wanted = "116 customers with an invoice more than 90 days late instead of 30; open invoices of 4,812,000 instead of 3,901,250 EUR."
    assert said.count(wanted) == 1
