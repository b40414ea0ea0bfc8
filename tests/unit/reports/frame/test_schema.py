"""Charts are drawn without Altair's check of every piece, which takes half the seconds of a page: here each is drawn with it."""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from types import ModuleType
from typing import Any

import pytest
from altair.utils import schemapi

from reports.frame import charts
from reports.model import charts as of_the_model
from reports.model import page
from tests.validation_packs import demo_pack, document

GRADES = [{"grade": n, "exposure": 10.0 * n, "mean_pd": 0.1 * n, "observed": 0.12 * n} for n in (1, 2, 3)]  # fmt: skip
NUMBERS = [{"value": float(value), "points": -4.0 * value} for value in range(4)]
NAMES = [{"value": name, "points": points} for name, points in (("IT", 9.0), ("NL", -14.0))]
MONTHS = [{"day": f"2025-0{n}-28", "seen": 2.0 * n, "expected": 1.5 * n, "high": 4.0 * n, "low": None} for n in (1, 2, 3)]  # fmt: skip


def _drawing(module: ModuleType) -> dict[str, Callable[..., Any]]:
    own = {
        name: one
        for name, one in vars(module).items()
        if getattr(one, "__module__", "") == module.__name__
    }
    return {name: unwrap(one) for name, one in own.items() if hasattr(one, "__wrapped__")}


def _pages() -> list[str]:
    """One drawing of everything that can be drawn."""
    return [
        page.render(document(demo_pack())),
        str(charts.shares_by_grade(GRADES, "exposure")),
        str(charts.effect(NUMBERS, "share")),
        str(charts.effect(NAMES, "category")),
        str(charts.expected_and_observed(GRADES)),
        str(charts.added_up(MONTHS)),
    ]


def test_every_chart_keeps_the_schema_and_is_the_same_where_nobody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unchecked, drawn = _pages(), set()
    drawing = {module: _drawing(module) for module in (charts, of_the_model)}
    for module, functions in drawing.items():
        for name, function in functions.items():

            def checked(
                *given: Any, _name: str = name, _function: Any = function, **named: Any
            ) -> Any:
                assert schemapi.DEBUG_MODE
                found = _function(*given, **named)
                drawn.update({_name} if found is not None else ())
                return found

            monkeypatch.setattr(module, name, checked)
    assert _pages() == unchecked
    assert drawn == {name for functions in drawing.values() for name in functions}


def test_a_piece_that_is_no_chart_is_noticed_where_it_is_asked() -> None:
    import altair as alt  # noqa: PLC0415 - as `charts` names it

    with pytest.raises(schemapi.SchemaValidationError):
        charts.svg(alt.Chart(alt.Data(values=[{"a": 1}])).mark_bar(size="wide").encode(x="a:Q"))
