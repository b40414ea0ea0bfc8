"""The glossary's chapter on receivables: what it defines is computed, and what it says is not computed is nowhere."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import chain

from contracts.documents.portfolio import Collections, Portfolio
from decisions.loss import loss_in_cents
from decisions.receivables import turnover
from pipelines import ROOT
from tests.docs.test_docs_house import GLOSSARY, cells

FIELD = {
    "DSO": "dso",
    "count-back DSO": "countback_dso",
    "best possible DSO": "best_possible_dso",
    "average days delinquent": "days_delinquent",
    "collection effectiveness": "effectiveness",
}
ABSENT = (
    r"roll[ _-]?rates?|provision[ _-]?matrix|lifetime[ _-]?loss|迁徙率|滚动率|准备矩阵|整个存续期"
)
"""As code, a document or a page would name them."""


def test_every_measure_of_the_table_is_computed_and_no_other() -> None:
    assert [row[0] for row in cells(GLOSSARY, "Receivables")] == list(FIELD)
    told = {"days", "is_countback_beyond"}
    assert set(Collections.model_fields) == {*FIELD.values(), *told}
    assert set(turnover.Receivables.__dataclass_fields__) == {*FIELD.values(), *told}
    # receivables 160, 100 of it not due, sales 300 in 92 days: 160 / 300 x 92; 31 + 30 x 60 / 100; 100 / 300 x 92; 240 of 300
    found = turnover.measure(100.0, 160.0, 100.0, [(100.0, 31), (100.0, 30), (100.0, 31), (90.0, 30)], 3)  # fmt: skip
    assert [round(getattr(found, FIELD[name]) or 0, 2) for name in FIELD] == [49.07, 49.00, 30.67, 18.40, 80.00]  # fmt: skip


def test_roll_rates_and_a_provision_matrix_are_said_to_be_missing_and_are_nowhere() -> None:
    """Whoever builds them takes the sentence out: today neither code, document nor page knows the words."""
    chapter = GLOSSARY.split("\n## Receivables\n")[1].split("\n## ", maxsplit=1)[0]
    sentence = " ".join(chapter.split())
    assert "Two measures of a receivables ledger are not computed yet: roll rates (" in sentence
    assert "and the provision matrix (" in sentence
    places = chain((ROOT / "src").rglob("*.*"), (ROOT / "pipelines").rglob("*.*"))
    texts = [path for path in places if path.suffix in (".py", ".json", ".html", ".css", ".yaml")]
    assert len(texts) > 200
    for path in texts:
        assert not re.search(ABSENT, path.read_text(encoding="utf-8"), re.IGNORECASE), path
    assert re.search(ABSENT, sentence, re.IGNORECASE)
    assert not re.search(ABSENT, str(Portfolio.model_json_schema()), re.IGNORECASE)


def test_the_loss_shown_is_of_the_horizon() -> None:
    """PD x LGD x EAD: 2 % x 45 % x 10,000 = 90, whatever buckets the 10,000 lie in."""
    assert "PD x LGD x EAD over the horizon, not a lifetime loss" in " ".join(GLOSSARY.split())
    assert loss_in_cents(0.02, 0.45, Decimal("10000.00"), (0.0, 0.0)) == Decimal("90.00")
