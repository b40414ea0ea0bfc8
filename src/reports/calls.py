"""The clerk's list: every customer that something is to be done about, as a sheet."""

from __future__ import annotations

from typing import Any

from contracts.documents.calls import Calls
from contracts.documents.portfolio import Call
from contracts.levels import country, in_chinese
from reports.frame.declaration import Page
from reports.frame.grid import Column, Kind, Pair, Table
from reports.frame.wording import said
from reports.frame.workbook import workbook
from reports.locale.catalogue import LANGUAGES, Language, say
from reports.locale.facts import told, why

COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("rank", "count"),
    ("customer_id", "data"),
    ("name", "data"),
    ("country", "words"),
    ("industry", "words"),
    ("action", "words"),
    ("because", "words"),
    ("exposure", "count"),
    ("overdue", "count"),
    ("expected_loss", "count"),
    ("limit_current", "count"),
    ("limit", "count"),
    ("terms_days", "count"),
    ("review_on", "day"),
    ("score", "count"),
    ("grade", "grade"),
    ("pd", "share"),
    ("facts", "words"),
    ("reasons", "words"),
    ("context", "words"),
)
MONEY = frozenset({"exposure", "overdue", "expected_loss", "limit_current", "limit"})
OWED = frozenset({"exposure", "overdue", "expected_loss", "limit_current"})


def render(document: Calls) -> bytes:
    """The list as an Excel file; what is not known without a ledger has no column."""
    shown = [one for one in COLUMNS if document.has_ledger or one[0] not in OWED]
    columns = [Column(key, _title(key, document.currency), kind, 0) for key, kind in shown]
    rows = [_row(rank, call, document.currency) for rank, call in enumerate(document.calls, 1)]
    table = Table(said("calls.sheet"), columns, rows, said("calls.none"), _notes(document))
    return workbook([table], f"Calls {document.as_of}")


def _notes(document: Calls) -> list[str]:
    """What the pages say at their top, in both languages: that the model was refused, or that the score is stated experience."""
    return [
        " ".join(lines)
        for one in LANGUAGES
        if (lines := [*_refused(document, one), *_stated(document, one)])
    ]


def _refused(document: Calls, language: Language) -> list[str]:
    if not document.gates_not_passed:
        return []
    codes = " · ".join(document.gates_not_passed)
    said = "Not for decisions: this model has not passed its gates."
    return [say(language, said), say(language, "It was not registered. Stopped by: ") + codes]


def _stated(document: Calls, language: Language) -> list[str]:
    of = document.rests_on
    if of is None:
        return []
    rates = {"rate": of.long_run_rate, "stated": of.stated_pd, "mean": of.mean_pd}
    shares = {"share": of.data_share, "level": of.level_share, "points": of.points_share}
    own = ".own" if of.own else ""
    return [
        say(language, f"experience.title{own}"),
        say(language, f"experience.why.{of.why}", {"n": of.customers, "needed": of.needed}),
        say(language, "experience.rate", rates),
        say(language, f"experience.weight{own}", shares),
        say(language, "experience.order" if of.ranks else "experience.same"),
    ]


def _title(key: str, currency: str) -> Pair:
    english, chinese = said(f"calls.{key}")
    return (
        (f"{english}, {currency}", f"{chinese}（{currency}）")
        if key in MONEY
        else (english, chinese)
    )


def _row(rank: int, call: Call, currency: str) -> dict[str, Any]:
    industry = call.industry
    plain = call.model_dump(include={key for key, _ in COLUMNS} - {"facts", "reasons", "context"})
    return plain | {
        **{key: None if plain[key] is None else float(plain[key]) for key in MONEY},
        "rank": rank,
        "country": None if call.country is None else country(call.country),
        "industry": None if industry is None else (industry, in_chinese(industry)),
        "action": said(f"action.{call.action}"),
        "because": tuple(why(language, call) for language in LANGUAGES),
        "facts": tuple(
            "\n".join(told(language, fact, currency) for fact in call.facts)
            for language in LANGUAGES
        ),
        "reasons": _lines([(one.en, one.zh) for one in call.reasons]),
        "context": _lines([(one.text.en, one.text.zh) for one in call.context]),
    }


def _lines(pairs: list[Pair]) -> Pair:
    return "\n".join(one for one, _ in pairs), "\n".join(other for _, other in pairs)


PAGE = Page(
    "reports/calls.json",
    "reports/calls.xlsx",
    render,
    "every customer to call, as a list",
    read=Calls.read,
)
