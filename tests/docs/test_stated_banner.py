"""Whatever shows figures of a score of stated experience says so before anything else, in both languages."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pandas as pd
import pytest

from contracts.documents.calls import Calls
from contracts.documents.experience import Experience
from reports import calls
from tests.docs.test_decisions_pages import call, rendered

STATED = Experience(
    why="few", customers=7, needed=20, long_run_rate=0.03, stated_pd=0.031, mean_pd=0.027, data_share=0.23, level_share=0.58, points_share=0.2,
    inputs=12,
)  # fmt: skip
TOLD = ("This score rests on stated experience", "3.00% of customers in good standing", "本评分以既定经验为依据")  # fmt: skip


@pytest.mark.parametrize("page", ["monitoring", "recalibration"])
def test_the_pages_of_upkeep_say_it_first(page: str) -> None:
    assert not any(one in rendered(page) for one in TOLD)
    html = rendered(page, rests_on=STATED.model_dump(mode="json"))
    main = html[html.index("<main") :]
    assert all(main.index(one) < main.index("<h2") for one in TOLD)


def sheet(**changed: Any) -> pd.DataFrame:
    values: dict[str, Any] = {
        "portfolio": "demo", "gates_not_passed": (), "as_of": date(2025, 12, 1), "currency": "EUR", "has_ledger": True,
        "calls": [call("Müller", 0), call("Wang", 1)],
    }  # fmt: skip
    written = calls.render(Calls.from_text(json.dumps(values | changed, default=str), where="here"))
    return pd.read_excel(io.BytesIO(written), header=None, dtype=object, engine="calamine")


def test_the_list_of_calls_says_it_above_its_headings() -> None:
    plain = sheet()
    assert "customer" in str(plain.iloc[0, 1]).lower()
    noted = sheet(rests_on=STATED.model_dump(mode="json"))
    assert TOLD[0] in noted.iloc[0, 0]
    assert TOLD[1] in noted.iloc[0, 0]
    assert TOLD[2] in noted.iloc[1, 0]
    pd.testing.assert_frame_equal(noted.iloc[2:].reset_index(drop=True), plain)


def test_a_score_of_few_defaults_alone_is_told_as_such_on_the_list() -> None:
    own = STATED.model_copy(update={"own": True})
    noted = sheet(rests_on=own.model_dump(mode="json"))
    assert TOLD[0] not in noted.iloc[0, 0]
    assert "This score was learned from few defaults" in noted.iloc[0, 0]
    assert "No points are stated" in noted.iloc[0, 0]
    assert "本评分由少量违约学得" in noted.iloc[1, 0]


def test_a_refused_model_is_named_on_the_list_too() -> None:
    noted = sheet(gates_not_passed=("PD-D1", "PD-X2"))
    assert "has not passed its gates" in noted.iloc[0, 0]
    assert "PD-D1 · PD-X2" in noted.iloc[0, 0]
    assert "PD-D1 · PD-X2" in noted.iloc[1, 0]
