"""What a comparison says once of all its runs, and of each beside the seed: so, or not said; on the page and in the terminal the same."""

from __future__ import annotations

import io
from datetime import date
from itertools import product

import pytest
from markupsafe import escape
from rich.console import Console

from contracts.documents.comparison import (
    Changed,
    Code,
    Comparison,
    Difference,
    Pair,
    Production,
    RuledMeasure,
    Ruling,
    Run,
    Seeds,
    Setting,
    Shared,
)
from contracts.documents.number import Figure
from pipelines.errands.compare_table import MAX_PAIRS, tables
from reports.comparison import _overview, render, settings_of
from reports.comparison_told import GROUPS, closing, group, ordered, seeds, summary, told, verdicts
from reports.locale.catalogue import say
from tests.unit.reports.locale.said import said_of

DEPTH = Setting(key="configs/params.yaml:train.max_depth", before=6, after=3)
FROM, UNTIL = date(2025, 1, 1), date(2026, 1, 1)
RULINGS: tuple[Ruling, ...] = ("better", "worse", "hint_better", "hint_worse", "none", "same", "too_few")  # fmt: skip


def pair(name: str, loss: Ruling, ranks: Ruling, value: float = -0.001, *, within: tuple[RuledMeasure, ...] = (), changed: Changed | None = None) -> Pair:  # fmt: skip
    figure = Figure(value=value, low=value - 0.0005, high=value + 0.0005)
    differences = (
        Difference(measure="log_loss", figure=figure, ruling=loss),
        Difference(measure="roc_auc", figure=figure, ruling=ranks),
        Difference(measure="average_precision", figure=figure, ruling=None),
        Difference(measure="brier", figure=figure, ruling=None),
    )
    return Pair(name=name, changed=changed, differences=differences, segments=(), periods=(), within_seeds=within)  # fmt: skip


def run(name: str) -> Run:
    measures = {"log_loss": 0.16, "roc_auc": 0.83, "average_precision": 0.4, "brier": 0.04}
    return Run(name=name, kind="revision", origin="a" * 40, rows=100, defaults=20, from_=FROM, until=UNTIL, mean_pd=0.03, observed_to_expected=Figure(), premium=Figure(), measures=measures)  # type: ignore[arg-type]  # fmt: skip


def document(*pairs: Pair, of_seed: Seeds | None = None, in_use: Production | None = None) -> Comparison:  # fmt: skip
    shared = Shared(rows=100, customers=50, defaults=20, defaulted_customers=10, left_out=0, from_=FROM, until=UNTIL)  # fmt: skip
    return Comparison(
        portfolio="demo", horizon_months=12, confidence=0.95, base="HEAD", runs=(run("HEAD"), *(run(one.name) for one in pairs)),
        shared=shared, pairs=pairs, seeds=of_seed or Seeds(runs=()), production=in_use,
    )  # fmt: skip


@pytest.mark.parametrize(("loss", "ranks"), list(product(RULINGS, RULINGS)))
def test_every_run_is_in_one_group_and_that_is_its_own(loss: Ruling, ranks: Ruling) -> None:
    """Better is said only where a statement is sure and the other not surely worse; a hint only where nothing is sure."""
    one, other = pair("one", loss, ranks), pair("other", "none", "none")
    found = {name for name, (_, values) in summary(document(one, other)) if "one" in values["names"]}  # fmt: skip
    assert found == {group(one)}
    both, sure = {loss, ranks}, {loss, ranks} & {"better", "worse"}
    expected = {
        "better": sure == {"better"},
        "worse": sure == {"worse"},
        "mixed": sure == {"better", "worse"},
        "hint": not sure and bool(both & {"hint_better", "hint_worse"}),
        "same": both == {"same"},
        "too_few": both == {"too_few"},
    }
    assert {name for name, holds in expected.items() if holds} == found - {"none"}
    (entry,) = {entry for name, (entry, _) in summary(document(one, other)) if name == group(one)}
    assert entry == f"comparison.summary.{group(one)}"


def test_all_runs_are_named_once_in_the_order_asked_for() -> None:
    whole = document(pair("c", "better", "none"), pair("a", "worse", "none"), pair("b", "none", "better"))  # fmt: skip
    said = [say("en", *one) for _, one in summary(whole)]
    assert said == ["Better than HEAD, beyond chance: c, b.", "Worse than HEAD, beyond chance: a."]
    assert not list(summary(document(pair("c", "better", "none"))))
    assert set(GROUPS) == {"better", "mixed", "hint", "none", "worse", "same", "too_few"}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (Seeds(runs=()), "unknown"),
        (Seeds(runs=("s8",), log_loss=0.0007, roc_auc=0.002), "both"),
        (Seeds(runs=("s8",), log_loss=0.0007), "log_loss"),
        (Seeds(runs=("s8",)), None),
    ],
)
def test_the_seeds_sentences_are_those_of_what_the_runs_show(found: Seeds, says: str | None) -> None:  # fmt: skip
    told_of = seeds(document(pair("near", "none", "none"), of_seed=found))
    assert told_of is None if says is None else told_of and told_of[0] == f"comparison.seeds.{says}"
    if says == "both" and told_of:
        assert say("en", *told_of) == "Another seed alone moves log loss by up to 0.00070 and ROC AUC by up to 0.0020 here (s8); the intervals do not count it."  # fmt: skip
    sides: tuple[tuple[RuledMeasure, ...], ...] = ((), ("log_loss",), ("roc_auc",), ("log_loss", "roc_auc"))  # fmt: skip
    for within, expected in zip(sides, (set(), {"log_loss"}, {"roc_auc"}, {"both"}), strict=True):
        one = pair("near", "none", "none", within=within)
        text = " ".join(told(document(one), one, "en"))
        assert said_of(text, "comparison.within") == expected
        assert len(list(verdicts(document(one), one))) == 2 + bool(within)


def test_code_is_named_only_where_it_differs() -> None:
    code = (Code(stage="featurize", files=("src/features/catalog",)),)
    assert settings_of(pair("a", "none", "none")) is None
    assert settings_of(pair("a", "none", "none", changed=Changed(settings=(DEPTH,), data=(), code=()))) == "train.max_depth: 3"  # fmt: skip
    assert settings_of(pair("a", "none", "none", changed=Changed(settings=(), data=(), code=code))) == ("code of featurize", "featurize 的代码")  # fmt: skip
    both = settings_of(
        pair("a", "none", "none", changed=Changed(settings=(DEPTH,), data=(), code=code))
    )
    assert both is not None
    assert both[0] == "train.max_depth: 3; code of featurize"


def test_the_overview_begins_with_the_lowest_log_loss_and_draws_all_on_one_scale() -> None:
    """-0.002 reaches to -0.0025, the edge: -0.001 is drawn at 0.4 of it, better to the right."""
    whole = document(pair("far", "none", "none", 0.0005), pair("first", "better", "none", -0.002), pair("mid", "none", "none", -0.001))  # fmt: skip
    assert [one.name for one in ordered(whole)] == ["first", "mid", "far"]
    rows = _overview(whole).rows
    assert [row["log_loss_drawn"]["value"] for row in rows] == pytest.approx([0.8, 0.4, -0.2])
    assert [row["roc_auc_drawn"]["value"] for row in rows] == pytest.approx([-0.8, -0.4, 0.2])


@pytest.mark.parametrize("n", [1, 2, MAX_PAIRS, MAX_PAIRS + 1])
def test_the_terminal_says_what_the_page_says(n: int) -> None:
    """Summary, seed and what is in use; the sentences of each run too, unless they are so many that the page alone has them."""
    in_use = Production(standing="decided", version="3", since="2026-03-01 09:05", by="pipeline")
    pairs = [pair(f"run{i}", "better", "hint_worse", -0.001 * i, within=("roc_auc",)) for i in range(n)]  # fmt: skip
    whole = document(*pairs, of_seed=Seeds(runs=("s8",), log_loss=0.0007, roc_auc=0.002), in_use=in_use)  # fmt: skip
    page, out = render(whole).replace("<time>", "").replace("</time>", ""), io.StringIO()
    console = Console(file=out, width=400, highlight=False)
    for one in tables(whole):
        console.print(one)
    shown = out.getvalue()
    sentences = [*(say("en", *one) for _, one in summary(whole)), *closing(whole, "en")]
    assert len(sentences) == (1 if n > 1 else 0) + 2
    for text in sentences:
        assert text in shown
        assert str(escape(text)) in page
    for one in pairs:
        for text in told(whole, one, "en"):
            assert str(escape(text)) in page
            assert (text in shown) == (n <= MAX_PAIRS)
        assert one.name in shown
    # average precision and Brier score are shown, and their intervals are not read as statements
    assert shown.count("shown, not ruled on") == (2 * n if n <= MAX_PAIRS else 0)
    assert page.count("shown, not ruled on") == 2 * n
