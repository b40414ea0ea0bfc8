"""The promotion pack: every number again, from the stages' own outputs by plain pandas; and who gets to see which."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.calendar import position_days
from contracts.documents.promotion import Promotion
from contracts.errors import RegistryError
from contracts.tables.derived import MATRIX
from contracts.tables.ledger import POSITION, TRADING
from contracts.tables.store import read_table, write_table
from models.promotion.agreement import MAX_DRIVERS
from models.registry.registry import Registry
from models.registry.seal import sha256
from pipelines.errands.decide import decide
from pipelines.errands.history import history
from pipelines.errands.pack import pack
from pipelines.errands.promote import demote, promote
from pipelines.explain import explain
from pipelines.rate import rate
from pipelines.register import register
from pipelines.settings import load
from tests.positions import frame_of, position_of, trading_of, written
from tests.serve_project import Book, inside, make, stand_in_git, write_model

pytestmark = pytest.mark.long

OLD, NEW = "champion", "challenger"


def ledger(root: Path, book: Book) -> None:
    """Invoices, payments, statements and limits of every customer of the newest day, and the position they make."""
    day = book.last.date()
    ids = sorted(book.rows.loc[book.rows["as_of"] == book.last, "customer_id"])
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in ("invoices", "payments", "financials", "credit_terms")}  # fmt: skip
    for place, customer in enumerate(ids):
        size = 2_000 + 700 * (place % 23)
        for month in range(12):
            issued = (book.last - pd.Timedelta(days=20 + 30 * month)).date()
            number = f"{customer}-{month}"
            due = issued + pd.Timedelta(days=30)
            tables["invoices"].append({"invoice_id": number, "customer_id": customer, "amount": size, "issued_on": issued, "due_on": due})  # fmt: skip
            if month >= 1 + place % 4:
                tables["payments"].append({"payment_id": number, "invoice_id": number, "amount": size, "paid_on": due})  # fmt: skip
        if place % 3:
            tables["financials"].append({"customer_id": customer, "period_end": pd.Timestamp("2024-12-31").date(), "published_on": pd.Timestamp("2025-05-01").date(), "equity": 40_000 + 9_000 * (place % 17), "revenue": 900_000})  # fmt: skip
        if place % 2:
            tables["credit_terms"].append({"customer_id": customer, "credit_limit": 5_000 * (1 + place % 9)})  # fmt: skip
    files = written(root / "data/valid", **tables)
    files["customers"] = root / "data/valid/customers.parquet"
    days = position_days([day])
    for name, contract, of in (("position", POSITION, position_of), ("trading", TRADING, trading_of)):  # fmt: skip
        write_table(frame_of(of(files, days, root)), root / f"data/features/{name}.parquet", contract)  # fmt: skip


@pytest.fixture(scope="module")
def two(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed project with a ledger, a champion of 40 trees and a challenger of 25; what `rate` said by either."""
    root = tmp_path_factory.mktemp("pack") / "project"
    root.mkdir()
    make(root, book)
    newest = book.rows["as_of"] == book.last
    assert newest.sum() > 100
    ledger(root, book)
    stand_in_git(root)
    with inside(root):
        for name, trees in ((OLD, 40), (NEW, 25)):
            write_model(root, book, trees=trees)
            explain(load())
            register(load())
            rate(load())
            shutil.copy("data/scored/portfolio.parquet", f"{name}.parquet")
            shutil.copy("data/scored/test.parquet", f"{name}_test.parquet")
    return root


def made() -> Promotion:
    return Promotion.read(Path("reports/promotion.json"))


def test_every_number_again_by_plain_pandas(own: Registry) -> None:
    assert own.crowned() == "1"
    pack(load(), "challenger")
    document = made()
    assert (document.champion.number, document.challenger.number) == ("1", "2")
    again_the_duel(document)
    again_the_money(document)
    first = Path("reports/promotion.json").read_bytes()
    pack(load(), "2")
    assert Path("reports/promotion.json").read_bytes() == first
    page = Path("reports/promotion.html").read_text(encoding="utf-8")
    assert "rows a second" in page
    assert "second" not in first.decode("utf-8")


def again_the_duel(document: Promotion) -> None:
    rows = pd.read_parquet(f"{NEW}_test.parquet").merge(
        pd.read_parquet(f"{OLD}_test.parquet"), on=["customer_id", "as_of"], suffixes=("", "_old")
    )
    duel = document.duel
    assert duel is not None
    assert (duel.source, duel.rows, duel.defaults) == ("scored_again", len(rows), rows["defaulted"].sum())  # fmt: skip
    bad = rows["defaulted"].to_numpy(dtype=bool)
    losses = {who: -np.log(np.where(bad, rows[col], 1 - rows[col])) for who, col in ((OLD, "pd_old"), (NEW, "pd"))}  # fmt: skip
    less = losses[NEW] - losses[OLD]
    found = {one.measure: one for one in duel.differences}
    assert found["log_loss"].figure.value == pytest.approx(less.mean(), rel=1e-9)
    # errors clustered by customer: sums of what each customer's rows are off the mean, with G / (G - 1)
    sums = pd.Series(less - less.mean()).groupby(rows["customer_id"]).sum()
    error = np.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()) / len(rows)
    assert found["log_loss"].figure.high == pytest.approx(less.mean() + 1.959964 * error, rel=1e-5)
    assert duel.lost.share == pytest.approx(less.sum() / losses[OLD].sum(), rel=1e-9)
    for who, col in ((OLD, "pd_old"), (NEW, "pd")):
        # every pair of a default and a survivor, ties count half
        gaps = np.sign(rows.loc[bad, col].to_numpy()[:, None] - rows.loc[~bad, col].to_numpy())
        figures = getattr(duel, who)
        assert figures.roc_auc.value == pytest.approx((1 + gaps.mean()) / 2, rel=1e-9)
        assert figures.observed_to_expected.value == pytest.approx(bad.mean() / rows[col].mean())
    assert found["roc_auc"].figure.value == pytest.approx(duel.challenger.roc_auc.value - duel.champion.roc_auc.value)  # fmt: skip


def again_the_money(document: Promotion) -> None:
    before, after = (pd.read_parquet(f"{one}.parquet").set_index("customer_id") for one in (OLD, NEW))  # fmt: skip
    swap = document.swap
    assert swap is not None
    assert (swap.customers, str(swap.as_of)) == (len(before), "2025-12-31")
    for side, table in ((swap.champion, before), (swap.challenger, after)):
        assert side.limits == table["limit"].sum()
        assert side.expected_loss == table["expected_loss"].sum()
        assert side.expected_defaults == pytest.approx(table["pd"].sum(), rel=1e-9)
        assert side.blocked == held(table).sum()
        assert side.by_grade == tuple((table["grade"] == one).sum() for one in range(1, 11))
    moved = (after["limit"] - before["limit"]).dropna()
    assert swap.raised.amount == sum((x for x in moved if x > 0), Decimal(0))
    assert swap.lowered.amount == -sum((x for x in moved if x < 0), Decimal(0))
    assert (swap.raised.customers, swap.lowered.customers) == ((moved > 0).sum(), (moved < 0).sum())
    assert swap.raised.customers + swap.lowered.customers > 20
    losses = after["expected_loss"] - before["expected_loss"]
    assert swap.loss_up.amount - swap.loss_down.amount == losses.sum()
    blocked, released = swap.crossings
    was, now = held(before), held(after)
    assert blocked.customers == (now & ~was).sum()
    assert released.customers == (was & ~now).sum()
    assert blocked.customers + released.customers > 0
    assert released.exposure == before.loc[was & ~now, "exposure"].sum()
    # every customer bought for the same amount in each of twelve months
    invoices = pd.read_parquet("data/valid/invoices.parquet")
    monthly = invoices.groupby("customer_id")["amount"].sum().astype(float) / 12
    assert float(released.sales or 0) == pytest.approx(monthly[was & ~now].sum(), rel=0.12)
    assert swap.worse == (after["grade"] > before["grade"]).sum()
    assert swap.better == (after["grade"] < before["grade"]).sum()
    changed = before["grade"] != after["grade"]
    counted = pd.DataFrame({"b": before["grade"], "a": after["grade"]})[changed].value_counts()
    assert {(one.before, one.after): one.customers for one in swap.grades} == counted.to_dict()
    size = (after["limit"] - before["limit"]).abs().fillna(Decimal(0))
    ordered = sorted(before.index, key=lambda one: (-size[one], -abs(losses[one]), one))[:20]
    assert [one.customer_id for one in swap.movers] == ordered
    for one in swap.movers:
        row = after.loc[one.customer_id]
        assert (one.challenger.pd, one.challenger.limit) == (pytest.approx(row["pd"]), row["limit"])
        said = [row[name] for name in ("reason_1", "reason_2") if isinstance(row[name], str)]
        assert [own.en for own in one.challenger.reasons] == said
    assert document.agreement is not None
    assert 0.0 < document.agreement.same_first <= 1.0


def held(table: pd.DataFrame) -> pd.Series:
    reached = table["limit"].notna() & (table["exposure"] >= table["limit"].fillna(Decimal("1e18")))
    return reached | (table["action"] == "stop")


@pytest.mark.usefixtures("own")
def test_the_drivers_and_the_level_sum_to_the_change_of_score() -> None:
    pack(load(), "2")
    before, after = (pd.read_parquet(f"{one}.parquet").set_index("customer_id") for one in (OLD, NEW))  # fmt: skip
    swap = made().swap
    assert swap is not None
    level = after["points_base"].iloc[0] - before["points_base"].iloc[0]
    pillars = [name for name in before if name.startswith("points_") and name != "points_base"]
    for one in swap.movers:
        assert one.level == pytest.approx(level, abs=1e-6)
        whole = (after.loc[one.customer_id, pillars] - before.loc[one.customer_id, pillars]).sum()
        named = sum(own.points for own in one.drivers)
        assert len(one.drivers) <= MAX_DRIVERS
        # five features: two or fewer are not named, none of them larger than the least that is
        least = min((abs(own.points) for own in one.drivers), default=0.5)
        assert abs(whole - named) <= (5 - len(one.drivers)) * max(least, 0.5) + 1e-6


def test_the_pipeline_decides_with_the_pack_and_a_person_too(own: Registry, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    line = decide(load())
    advice = made().advice
    digest = sha256(Path("reports/promotion.json").read_bytes())
    last = own.log.read().decisions[-1]
    if "is champion: log loss" in line:
        assert (advice, last.pack) == ("promote", digest)
    else:
        assert advice in {"person", "keep"}
        assert "waits for a person" in line
        assert last.pack is None
    # back, or forth: the person looks at the pack of the other one first
    other = "1" if own.crowned() == "2" else "2"
    pack(load(), other)
    seen = sha256(Path("reports/promotion.json").read_bytes())
    assert f"weighed by the pack {seen[:12]}" in promote(load(), other, "Ann", "As the pack says")
    last = own.log.read().decisions[-1]
    assert (last.by, last.version, last.pack) == ("Ann", other, seen)
    run = own.client.get_model_version(own.name, other).run_id
    assert run is not None
    kept = own.client.download_artifacts(run, f"reports/promotion_against_{last.before}.json")
    assert sha256(Path(kept).read_bytes()) == seen
    capsys.readouterr()
    history(load(), None)
    assert f"pack {seen[:12]}" in capsys.readouterr().out
    # now it is of a champion that is none any more: the next decision is made without it
    promote(load(), "1" if other == "2" else "2", "Ann", "And back")
    assert own.log.read().decisions[-1].pack is None


@pytest.mark.parametrize("fault", ["render", "page", "gone"])
def test_half_a_pack_is_never_evidence(own: Registry, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:  # fmt: skip
    """Where the page cannot be drawn or written, or was taken away, no decision says that the pack weighed it."""
    pack(load(), "2")
    before = Path("reports/promotion.json").read_bytes()
    if fault == "gone":
        Path("reports/promotion.html").unlink()
    else:
        Path("reports/promotion.json").write_bytes(
            before.replace(b'"2"', b'"3"')
        )  # of another version
        monkeypatch.setattr(
            f"pipelines.errands.pack.{'render' if fault == 'render' else 'write_text'}", failing
        )
        with pytest.raises(OSError, match="no page"):
            pack(load(), "2")
    assert "weighed" not in promote(load(), "2", "Ann", "Seen elsewhere")
    assert own.log.read().decisions[-1].pack is None


def failing(*_: object) -> str:
    raise OSError("no page")


@pytest.mark.usefixtures("own")
def test_a_rejected_version_and_the_champion_itself() -> None:
    demote(load(), "2", "Ann", "Not understood")
    pack(load(), "2")
    assert made().advice == "keep"
    assert made().reasons[0].code == "rejected"
    with pytest.raises(RegistryError, match="is the champion itself"):
        pack(load(), "champion")
    with pytest.raises(RegistryError, match="no version '9'"):
        pack(load(), "9")


@pytest.mark.usefixtures("own")
def test_inputs_that_left_leave_the_rows_that_both_keep() -> None:
    path = Path("data/features/matrix.parquet")
    matrix = read_table(path, MATRIX).drop(columns="statement_equity_ratio")
    write_table(matrix, path, MATRIX)
    pack(load(), "2")
    document = made()
    assert document.champion.lacking == ("statement_equity_ratio",)
    assert document.swap is None
    assert document.agreement is None
    assert document.duel is not None
    assert document.duel.source == "kept"
    assert document.advice in {"promote", "person"}
    assert "statement_equity_ratio" in Path("reports/promotion.html").read_text(encoding="utf-8")


def test_a_champion_whose_run_was_purged_is_weighed_on_the_rows_of_the_other(
    own: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it kept beside it is gone; its own files are not, and it answers the challenger's rows."""
    pack(load(), "2")
    before = made()
    gone = own.client.get_model_version(own.name, "1").run_id
    for place in ("models.registry.beside.is_purged", "models.registry.evidence.is_purged"):
        monkeypatch.setattr(place, lambda _, run: run == gone)
    pack(load(), "2")
    after = made()
    assert after.duel is not None
    assert before.duel is not None
    assert after.duel.lost == before.duel.lost
    assert after.swap == before.swap
