"""The matrix keeps the contract that its declarations make; the lineage says what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import pytest
from pydantic import ValidationError

from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import DirectionConfig
from contracts.errors import ConfigError, ContractError, GrainError
from contracts.tables.derived import LINEAGE, PILLARS
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import table_paths
from features import context
from features.catalog import DERIVED_FAMILIES, FAMILIES, STATES, catalogue, chosen, document, select
from features.catalog.peers import RANKED
from features.declaration import UNITS, Feature
from features.engine.backend import connect, load
from features.matrix.contract import check
from features.matrix.matrix import _clean, build, lineage, sources
from tests.features_books import customer, invoice, on, payment, portfolio, statement, write

ALL = frozenset(RAW_TABLES)


def declared(**changes: object) -> Feature:
    return replace(catalogue([90])[0], **changes)  # type: ignore[arg-type]


def test_the_catalogue_is_large_and_names_are_unique() -> None:
    features = select(FeaturesConfig(), ALL)
    names = [feature.name for feature in features]
    assert len(names) == len(set(names)) > 120
    assert {feature.pillar for feature in features} == set(PILLARS)
    assert {feature.unit for feature in features} <= set(UNITS)
    statements = select(FeaturesConfig(), {"customers", "financials", "events"})
    assert sum(one.source == "statement" for one in statements) > 50


def test_every_declaration_is_complete() -> None:
    for feature in catalogue([90, 365]):
        texts = feature.texts()
        assert all(texts.values())
        assert "{window}" not in "".join(texts.values())
        # a change and a rank are compared by what they are: with its own past, with its peers
        is_plain = (
            feature.is_flag
            or feature.unit == "category"
            or feature.is_change
            or bool(feature.ranked)
        )
        assert ("{typical}" in texts["reason_en"]) is not is_plain, feature.name
        assert ("{typical}" in texts["reason_zh"]) is not is_plain, feature.name
        assert ("{value}" in texts["reason_en"]) is not feature.is_flag, feature.name
        assert ("{value}" in texts["reason_zh"]) is not feature.is_flag, feature.name
        assert texts["reason_en"].endswith(".")
        assert texts["reason_zh"].endswith("。")
        assert feature.direction == 0 or feature.unit != "category"
        assert set(feature.states) <= set(STATES)


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("payments_days_late_mean_90d", 1),
        ("payments_days_late_trend", 1),
        ("payments_on_time_streak", -1),
        ("ageing_overdue_share", 1),
        ("disputes_open_share", 0),
        ("events_adverse_days_since", -1),
        ("limits_used_share", 1),
        ("limits_terms_days", 0),
        ("billing_amount_growth_90d", -1),
        ("statement_current_ratio", -1),
        ("statement_cash_cycle", 1),
        ("exposure_balance_to_equity", 1),
        ("statement_equity_to_assets", -1),
        ("statement_debt_to_ebitda", 1),
        ("statement_altman_z_change", -1),
        ("statement_zmijewski", 1),
        ("statement_age", 1),
        ("customer_tenure", -1),
        ("customer_industry", 0),
        ("peers_statement_zmijewski_rank", 1),
    ],
)
def test_directions_are_those_of_a_credit_manager(name: str, direction: int) -> None:
    found = {feature.name: feature for feature in catalogue([90, 365])}
    assert found[name].direction == direction


def test_absent_tables_leave_their_features_out() -> None:
    full = {feature.name for feature in select(FeaturesConfig(), ALL)}
    without = select(FeaturesConfig(), ALL - {"disputes", "credit_terms"})
    gone = full - {feature.name for feature in without}
    assert gone == {
        feature.name
        for feature in catalogue([90, 365])
        if {"disputes", "credit_terms"} & set(feature.tables(STATES))
    }
    assert "customer_insured_share" in gone
    assert "peers_limits_used_share_rank" in gone


def test_families_are_selected_and_unknown_ones_refused() -> None:
    chosen = select(FeaturesConfig(families=("ageing", "peers")), ALL)
    assert {feature.family for feature in chosen} == {"ageing", "peers"}
    # a rank needs the feature it ranks: only the overdue share is built
    assert [one.name for one in chosen if one.ranked] == ["peers_ageing_overdue_owed_share_rank"]
    with pytest.raises(ConfigError, match="Did you mean 'ageing'"):
        select(FeaturesConfig(families=("agein",)), ALL)
    # on their own the ranks bring what they rank along, computed but not put out
    alone = select(FeaturesConfig(families=("peers",)), ALL)
    assert {feature.family for feature in alone} == {"peers"}
    assert len(alone) == len(RANKED)
    with pytest.raises(ContractError, match="No feature can be built"):
        select(FeaturesConfig(families=("statements",)), {"customers", "events"})


def names(**choice: tuple[str, ...]) -> list[str]:
    return [feature.name for feature in select(FeaturesConfig(**choice), ALL)]  # type: ignore[arg-type]


def test_features_are_selected_and_left_out_by_name() -> None:
    rank, share = "peers_ageing_overdue_owed_share_rank", "ageing_overdue_owed_share"
    assert names(names=(share,)) == [share]
    assert names(families=("exposure",), names=(share,)) == [
        share,
        "exposure_balance_to_revenue",
        "exposure_balance_to_equity",
    ]
    assert names(names=(rank,)) == [rank]
    assert names(names=(share,), families=("peers",)) == [share, rank]
    everything, less = names(), names(without=(share, "billing"))
    gone = set(everything) - set(less)
    # a rank leaves with what it ranks; named itself, it stays
    assert {share, rank, "balance_amount", "peers_billing_amount_growth_90d_rank"} < gone
    assert rank in names(families=("ageing",), names=(rank,), without=(share,))
    with pytest.raises(ConfigError, match="Did you mean 'ageing_overdue_owed_share'") as error:
        names(names=("ageing_overdu_owed_share",))
    assert len(str(error.value)) < 600  # not all 150 names
    with pytest.raises(ConfigError, match="feature or family 'bilings'"):
        names(without=("bilings",))
    with pytest.raises(ContractError, match="needs a table that is not delivered") as absent:
        select(FeaturesConfig(names=("disputes_open_share",)), ALL - {"disputes"})
    assert absent.value.value == "disputes"


@pytest.mark.parametrize("windows", [(), (0, 90), (-30,), (90, 36_500)])
def test_an_illegal_window_is_refused(windows: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match=r"windows_days"):
        FeaturesConfig(windows_days=windows)


def test_a_window_is_given_once_and_the_order_does_not_matter() -> None:
    assert names(windows_days=(365, 90)) == names(windows_days=(90, 365))
    with pytest.raises(ValidationError, match="each may be given once: 365"):
        FeaturesConfig(windows_days=(365, 90, 365))


def test_a_category_has_no_direction() -> None:
    brought = portfolio().attributes[1].model_copy(update={"direction": 1})
    with pytest.raises(ConfigError, match="region"):
        select(FeaturesConfig(), ALL, [brought])


def test_lineage_carries_the_declarations() -> None:
    features = select(FeaturesConfig(), ALL, portfolio().attributes)
    rows = lineage(features).to_pylist()
    assert list(rows[0]) == list(LINEAGE.column_names)
    by_name = {row["feature"]: row for row in rows}
    assert [row["feature"] for row in rows] == [feature.name for feature in features]
    assert by_name["payments_days_late_mean_90d"]["window_days"] == 90
    assert by_name["payments_days_late_mean_90d"]["tables"] == "invoices,payments"
    assert by_name["payments_days_late_mean_90d"]["reason_en"] == (
        "Paid {value} late on average over the last 90 days; {peers}: {typical}."
    )
    assert by_name["attributes_employees"]["direction"] == -1
    assert by_name["attributes_region"]["dtype"] == "category"


def test_unneeded_tables_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither file nor ledger is touched by statements alone; needed, a broken file is named."""
    rows = {
        "customers": [customer("A")],
        "invoices": [invoice("I1", "A", 0, "10")],
        "payments": [payment("P1", "I1", 30, "10")],
        "financials": [statement("A", on(-1), on(5), total_assets=1)],
    }
    write(tmp_path, rows, portfolio())
    for name in ("invoices", "payments", "fx_rates"):
        (tmp_path / f"{name}.parquet").write_bytes(b"not Parquet")
    monkeypatch.setattr(context, "Ledger", lambda *_: pytest.fail("the ledger was computed"))
    con = connect(EngineConfig(threads=1), tmp_path / "spill")
    delivered = table_paths(tmp_path, RAW_TABLES)
    choice = FeaturesConfig(families=("statements",))
    needed = sources(choice, portfolio(), delivered)
    assert needed == {"financials", "fx_rates"}
    tables = load(con, tmp_path, portfolio(), needed - {"fx_rates"})
    asked = {"customer_id": ["A"], "as_of": [on(9)]}
    cohort = ibis.memtable(asked, schema={"customer_id": "string", "as_of": "date"})
    matrix, _ = build(con, tables, cohort, portfolio(), choice)
    assert matrix["statement_number_count"].to_pylist() == [1]
    with pytest.raises(ContractError, match="cannot be read"):
        load(con, tmp_path, portfolio(), {"invoices"})
    con.disconnect()


def test_a_declared_attribute_that_is_not_delivered_is_named(tmp_path: Path) -> None:
    row = {"customer_id": "A", "known_on": on(0), "employees": 1.0, "region": "north"}
    brought = portfolio().attributes
    fewer = portfolio(attributes=[one.model_dump() for one in brought[:1]])
    write(tmp_path, {"customers": [customer("A")], "attributes": [row]}, fewer)
    con = connect(EngineConfig(threads=1), tmp_path / "spill")
    with pytest.raises(ContractError) as error:
        load(con, tmp_path, portfolio())
    con.disconnect()
    assert error.value.where == "attributes"
    assert error.value.value == {"region": "absent, not string"}
    assert "attributes.sql" in error.value.next_step


def _checked(values: dict[str, list[object]], feature: Feature) -> None:
    con = ibis.duckdb.connect()
    schema = {"customer_id": "string", "as_of": "date", feature.name: "float64"}
    check(con, ibis.memtable(values, schema=schema), [feature])


def test_a_value_outside_its_declared_range_is_refused() -> None:
    share = declared(low=0.0, high=1.0)
    keys = {"customer_id": ["A", "B", "C"], "as_of": [date(2024, 1, 31)] * 3}
    _checked(keys | {share.name: [0.0, 1.0, None]}, share)
    with pytest.raises(ContractError, match=share.name):
        _checked(keys | {share.name: [0.0, 1.01, None]}, share)
    with pytest.raises(ContractError, match=share.name):
        _checked(keys | {share.name: [0.5, -0.01, None]}, share)
    with pytest.raises(GrainError, match="matrix"):
        _checked(keys | {"customer_id": ["A", "A", "C"], share.name: [0.0, 1.0, None]}, share)


def test_neither_nan_nor_infinity_gets_through() -> None:
    table = ibis.memtable({"x": [1.5, float("nan"), float("inf"), float("-inf"), 0.0]})
    con = ibis.duckdb.connect()
    rows = con.to_pyarrow(table.select(y=_clean(table.x, declared()))).column("y").to_pylist()
    assert rows == [1.5, None, None, None, 0.0]


def test_the_page_of_features_is_up_to_date() -> None:
    page = document.describe(catalogue(FeaturesConfig().windows_days))
    assert document.PAGE.read_text(encoding="utf-8") == page, (
        "Run `python -m features.catalog.document`: docs/features.md is written from the catalogue."
    )
    for family in (*FAMILIES.values(), *DERIVED_FAMILIES.values()):
        for title, about in (
            (family.title_en, family.about_en),
            (family.title_zh, family.about_zh),
        ):
            assert f"## {title}\n\n{about}\n" in page
    # one row for all windows of a measure, and a name that can be copied where there is one window only
    assert page.count("`payments_days_late_mean_Nd`") == 2
    assert "payments_days_late_mean_90d`" not in page
    assert page.count("`ageing_overdue_owed_share_change_90d`") == 2


def test_a_portfolio_gives_its_own_directions() -> None:
    why = "the smallest are bought before they can fail"
    given = {
        "statement_revenue_amount": {"direction": 0, "why": why},
        "statement_age": {"direction": -1, "why": why},
    }
    own = portfolio().model_copy(update={"directions": _directions(given)})
    before = {one.name: one.direction for one in select(FeaturesConfig(), ALL)}
    after = {one.name: one.direction for one in chosen(FeaturesConfig(), ALL, own)}
    moved = {name: after[name] for name in before if before[name] != after[name]}
    rank = "peers_statement_revenue_amount_rank"  # follows what it ranks
    assert moved == {"statement_revenue_amount": 0, rank: 0, "statement_age": -1}


def test_a_rank_may_have_its_own_direction() -> None:
    rank = "peers_statement_revenue_amount_rank"
    why = "the smallest of an industry are bought before they can fail"
    given = _directions({rank: {"direction": 0, "why": why}})
    own = portfolio().model_copy(update={"directions": given})
    after = {one.name: one.direction for one in chosen(FeaturesConfig(), ALL, own)}
    assert (after["statement_revenue_amount"], after[rank]) == (-1, 0)


def test_a_direction_needs_a_number_that_there_is() -> None:
    why = "a reason that is long enough"
    unknown = portfolio().model_copy(
        update={
            "directions": _directions({"statement_revenu_amount": {"direction": 0, "why": why}})
        }
    )
    with pytest.raises(ConfigError, match="Did you mean 'statement_revenue_amount'"):
        chosen(FeaturesConfig(), ALL, unknown)
    category = portfolio().model_copy(
        update={"directions": _directions({"customer_industry": {"direction": 1, "why": why}})}
    )
    with pytest.raises(ConfigError, match="A category has no order"):
        chosen(FeaturesConfig(), ALL, category)


def _directions(given: dict[str, dict[str, object]]) -> dict[str, DirectionConfig]:
    return {name: DirectionConfig.model_validate(one) for name, one in given.items()}
