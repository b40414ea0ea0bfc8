"""What arrays give is what the windows of an engine give, bit for bit; and a book in blocks is the same book."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from contracts.config.features import FeaturesConfig
from features.engine import blocks
from features.engine.scratch import Scratch, scratch
from features.refresh.fingerprint import fingerprints
from features.time.arrays import ByArrays
from features.time.asof import ASKED, ByWindows, Calendar
from tests.features_books import cohort, engine, matrix, portfolio
from tests.features_random import month_ends, random_book, seeded

DAYS = (100, 130, 160, 400)
KINDS = {"money": "decimal(18, 2)", "product": "decimal(38, 2)", "n": "int64"}


@pytest.fixture
def made() -> Iterator[Scratch]:
    con = ibis.duckdb.connect(threads=2)
    with scratch(con) as found:
        yield found
    con.disconnect()


def table(made: Scratch, rows: Sequence[dict[str, Any]], kinds: dict[str, str]) -> ir.Table:
    columns = {name: [row[name] for row in rows] for name in kinds}
    types = ibis.schema(kinds).to_pyarrow()
    return made.keep("rows", ibis.memtable(pa.table(columns, schema=types)))


def facts(made: Scratch, keys: dict[str, str], n: int, most: int = 10**6) -> ir.Table:
    """Deltas of owners, some of whom nobody asks about, from before the first to after the last question."""
    rng = seeded(n)
    rows = [
        {
            "customer_id": owner if keys["customer_id"] == "int64" else f"C{owner}",
            "currency": rng.choice(["EUR", "USD"]),
            "day": rng.randint(-300, 450),
            "money": Decimal(rng.randint(-most, most)) / 100,
            "product": rng.choice([None, Decimal(rng.randint(-most, most) * 1000) / 100]),
            "n": rng.randint(-5, 5),
        }
        for owner in (rng.randint(1, 9) for _ in range(n))
    ]
    return table(made, rows, {**keys, "day": "int64", **KINDS})


def questions(made: Scratch, keys: dict[str, str]) -> ir.Table:
    """Two to four days of each of owners 1 to 7; one account in no currency, one that nothing is known of."""
    owners: list[Any] = list(range(1, 8)) if keys["customer_id"] == "int64" else [f"C{n}" for n in range(1, 8)]  # fmt: skip
    rows = [
        {"customer_id": owner, "currency": currency, ASKED: day}
        for place, owner in enumerate(owners)
        for currency in (("EUR", "USD") if place else (None,))
        for day in DAYS[: 2 + place % 3]
    ]
    unique = {tuple(row[name] for name in (*keys, ASKED)): row for row in rows}
    return table(made, list(unique.values()), {**keys, ASKED: "int64"})


def both(made: Scratch) -> tuple[ByArrays, ByWindows]:
    windows = ByWindows(Calendar.of(DAYS))
    return ByArrays(made, windows, 2), windows


def rows_of(made: Scratch, found: ir.Table, keys: Sequence[str]) -> pa.Table:
    columns = [*keys, ASKED, *sorted(set(found.columns) - {*keys, ASKED})]
    return made.con.to_pyarrow(found.select(columns).order_by([*keys, ASKED])).combine_chunks()


class _Refused:
    """Windows that nobody may ask."""

    def totals(self, *_: Any) -> ir.Table:
        raise AssertionError


ACCOUNTS = {"customer_id": "string", "currency": "string"}


@pytest.mark.parametrize("keys", [{"customer_id": "int64"}, {"customer_id": "string"}, ACCOUNTS])
@pytest.mark.parametrize("n", [0, 1, 900])
def test_totals_are_those_of_windows(made: Scratch, keys: dict[str, str], n: int) -> None:
    asked, given = questions(made, keys), facts(made, keys, n)
    parts = [given.drop("n"), given.select(*keys, "day", "n")]
    wanted = {"money", "money_before_90d", "product_before_30d", "n", "n_before_90d"}
    for choice in (None, wanted):
        found = [
            rows_of(made, way.totals(asked, parts, (0, 30, 90), choice), list(keys))
            for way in both(made)
        ]
        assert found[0].schema.equals(found[1].schema)
        assert found[0].equals(found[1])
        assert set(found[0].column_names) >= wanted
    assert n < 900 or len(set(found[0]["n"].to_pylist())) > 3


@pytest.mark.parametrize("tie", [(), ("note",)])
@pytest.mark.parametrize("n", [0, 300])
def test_the_latest_fact_is_that_of_windows(made: Scratch, tie: tuple[str, ...], n: int) -> None:
    keys = {"customer_id": "string"}
    given = facts(made, keys, n).mutate(note=ibis._.n.cast("string") + ibis._.money.cast("string"))
    if not tie:  # without one, no two facts share a day
        given = given.group_by(["customer_id", "day"]).agg(note=given.note.max(), n=given.n.max())
    asked = questions(made, keys)
    found = [rows_of(made, way.latest(asked, given, tie), list(keys)) for way in both(made)]
    assert found[0].equals(found[1].cast(found[0].schema))
    known = found[0].num_rows - found[0]["note"].null_count
    assert known > 0 if n else known == 0


@pytest.mark.parametrize("keys", [{"customer_id": "int64"}, {"customer_id": "string"}])
@pytest.mark.parametrize("n", [0, 1, 400])
def test_the_largest_of_a_window_is_that_of_windows(
    made: Scratch, keys: dict[str, str], n: int
) -> None:
    asked, given = questions(made, keys), facts(made, keys, n).select("customer_id", "day", "n")
    found = [
        rows_of(made, way.largest(asked, given, "n", (1, 30, 365)), list(keys))
        for way in both(made)
    ]
    assert found[0].equals(found[1])
    assert n < 400 or len(set(found[0]["n_max_30d"].to_pylist())) > 2


@pytest.mark.parametrize("keys", [{"customer_id": "int64"}, {"customer_id": "string"}])
@pytest.mark.parametrize("n", [0, 1, 400])
def test_rises_are_those_of_windows(made: Scratch, keys: dict[str, str], n: int) -> None:
    given = facts(made, keys, n).select("customer_id", "day", "money", "n")
    given = given.mutate(
        n=(given.n % 2 == 0).ifelse(given.money, ibis.literal(0).cast("decimal(18, 2)"))
    )
    order = ["customer_id", "day"]
    found = [
        made.con.to_pyarrow(way.rises(given, 5_000).select(order).order_by(order))
        for way in both(made)
    ]
    assert found[0].equals(found[1])
    assert n < 400 or found[0].num_rows > 3


@pytest.mark.parametrize("amount", ["9E+18", "9E+16", "-9E+16"])
def test_sums_beyond_64_bits_stay_exact(made: Scratch, amount: str) -> None:
    keys = {"customer_id": "int64", "day": "int64", "money": "decimal(38, 2)"}
    rows = [{"customer_id": 1, "day": day, "money": Decimal(amount)} for day in (1, 2, 3)]
    arrays, _ = both(made)
    found = arrays.totals(questions(made, {"customer_id": "int64"}), [table(made, rows, keys)])
    first = rows_of(made, found, ["customer_id"])["money"].to_pylist()[0]
    assert first == 3 * Decimal(amount)


def test_sums_of_all_customers_may_pass_64_bits(made: Scratch) -> None:
    keys = {"customer_id": "int64", "day": "int64", "money": "decimal(38, 2)"}
    # 2E+18 hundredths: two of one customer fit, those of seven customers do not
    large = Decimal("2E+16")
    rows = [{"customer_id": owner, "day": day, "money": large} for owner in range(1, 8) for day in (1, 2)]  # fmt: skip
    arrays = ByArrays(made, _Refused(), 2)  # type: ignore[arg-type]  # the point of the test
    found = arrays.totals(questions(made, {"customer_id": "int64"}), [table(made, rows, keys)])
    assert set(rows_of(made, found, ["customer_id"])["money"].to_pylist()) == {2 * large}


def test_nothing_lent_is_held_after_it_was_read(made: Scratch) -> None:
    def views() -> int:
        return int(made.con.raw_sql("SELECT count(*) FROM duckdb_views() WHERE view_name LIKE '%lent%'").fetchall()[0][0])  # fmt: skip

    keys = {"customer_id": "int64"}
    arrays, _ = both(made)
    arrays.totals(questions(made, keys), [facts(made, keys, 10)])
    assert views() == 1
    made.give_back()
    assert views() == 0


BOOK = random_book(seeded(8), 30)
PAIRS = [(row["customer_id"], day) for row in BOOK["customers"] for day in month_ends()[::4]]


def its_fingerprints() -> pa.Table:
    config = portfolio()
    names, days = zip(*PAIRS, strict=True)
    schema = {"customer_id": "string", "as_of": "date"}
    asked = ibis.memtable({"customer_id": list(names), "as_of": list(days)}, schema=schema)
    with engine(BOOK, config) as (con, loaded):
        found = fingerprints(con, loaded, asked, config)
        return con.to_pyarrow(found.order_by(["customer_id", "as_of"]))


def its_matrix() -> pa.Table:
    return matrix(BOOK, PAIRS, choice=FeaturesConfig(windows_days=(90,)))


def its_states() -> pa.Table:
    """A feature or two of every relation that a block makes of its own."""
    families = ("limits", "events", "statements", "customers", "peers")
    return matrix(BOOK, PAIRS, choice=FeaturesConfig(families=families, windows_days=(90,)))


def its_cohort() -> pa.Table:
    return pa.Table.from_pandas(cohort(BOOK, portfolio()))


@pytest.mark.parametrize(
    "compute",
    [
        pytest.param(its_matrix, marks=pytest.mark.slow),
        pytest.param(its_states, marks=pytest.mark.long),
        its_cohort,
        its_fingerprints,
    ],
)
def test_a_book_in_blocks_is_the_same_book(
    compute: Callable[[], pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, needed = compute(), []
    count = blocks._blocks

    def three(*given: Any) -> int:
        """Blocks as many as the memory asks for would take minutes here; it must ask for more than these."""
        needed.append(count(*given))
        return 3

    monkeypatch.setattr(blocks, "_blocks", three)
    monkeypatch.setattr(blocks, "memory", lambda _: 20_000.0)
    assert compute().equals(whole)
    assert whole.num_rows > 30
    assert needed[0] > 2
