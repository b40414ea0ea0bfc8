"""Whole projects with one wrong value each, drawn from the schemas of the configs and from the engine's own functions.

No traceback, nothing that takes longer than ten seconds, nothing accepted outside its stated range. `make test` draws some;
with `-m slow` it is 500 (250 configs, 250 SELECTs).
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.config.params import Params
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import BonitasError
from pipelines.ingest import ingest
from pipelines.settings import load
from sources.steady import _of_the_engine
from tests.property.test_config_properties import WHOLE, at, changed, leaves
from tests.sources_sme import SELECTS, Sme

LONGEST = 10.0  # seconds
SCHEMAS = {
    "params": Params.model_json_schema(by_alias=True),
    "ibm_ar": PortfolioConfig.model_json_schema(),
    "sba504": PortfolioConfig.model_json_schema(),
}


def stated(schema: Any, root: Any, path: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    """What the schema says of the value at a path; each way where there are several."""
    if "$ref" in schema:
        yield from stated(root["$defs"][schema["$ref"].rpartition("/")[2]], root, path)
    for way in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(way, ()):
            yield from stated(inner, root, path)
    if not path:
        yield schema
        return
    step, rest = path[0], path[1:]
    inner = schema.get("properties", {}).get(step)
    if isinstance(step, int):
        given_items = schema.get("prefixItems", ())
        inner = given_items[step] if step < len(given_items) else schema.get("items")
    elif inner is None and isinstance(schema.get("additionalProperties"), dict):
        inner = schema["additionalProperties"]
    if inner:
        yield from stated(inner, root, rest)


def bounds(name: str, path: tuple[str | int, ...]) -> tuple[float, float] | None:
    """The lowest and highest number that a place states, as closed bounds; None where it takes no number."""
    found = [one for one in stated(SCHEMAS[name], SCHEMAS[name], path) if one.get("type") in {"number", "integer"}]  # fmt: skip
    if not found:
        return None
    lows = [one.get("minimum", one.get("exclusiveMinimum", -math.inf)) for one in found]
    highs = [one.get("maximum", one.get("exclusiveMaximum", math.inf)) for one in found]
    return min(lows), max(highs)


BOUNDED = [
    (name, path, *found)
    for name in SCHEMAS
    for path in leaves(WHOLE[name])
    if (found := bounds(name, path)) and isinstance(at(WHOLE[name], path), int | float)
    and not isinstance(at(WHOLE[name], path), bool)
]  # fmt: skip


@st.composite
def one_wrong_number(draw: st.DrawFn) -> tuple[str, tuple[str | int, ...], float]:
    """A place and a number outside the range it states: just outside, or far."""
    name, path, low, high = draw(st.sampled_from(BOUNDED))
    far = draw(st.sampled_from([1e-6, 1.0, 1e3, 1e15, 1e300]))
    sides = [low - max(far, abs(low) * 1e-9)] * (low > -math.inf) + [high + max(far, abs(high) * 1e-9)] * (high < math.inf)  # fmt: skip
    value = draw(st.sampled_from(sides or [math.nan, math.inf]))
    is_whole = isinstance(at(WHOLE[name], path), int) and abs(value) < 1e15
    return name, path, (math.floor(value) if value < low else math.ceil(value)) if is_whole and math.isfinite(value) else value  # fmt: skip


@contextmanager
def project() -> Iterator[Sme]:
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        yield Sme(Path(folder))


@contextmanager
def in_time() -> Iterator[None]:
    """Fails where the block takes too long; what it waited for a processor that others had is not its own."""
    started = time.monotonic() - waited()
    yield
    assert time.monotonic() - waited() - started < LONGEST


def waited() -> float:
    """Seconds that this process was ready to run and others ran; 0 where the system does not tell."""
    told = Path("/proc/self/schedstat")
    return int(told.read_text(encoding="utf-8").split()[1]) / 1e9 if told.exists() else 0.0


def refused_config(case: tuple[str, tuple[str | int, ...], float]) -> None:
    name, path, value = case
    with project() as sme:
        values = changed(WHOLE[name], path, value)
        if name == "params":
            values["portfolio"] = "sme"
        file = "configs/params.yaml" if name == "params" else "configs/portfolios/sme.yaml"
        sme.write(file, yaml.safe_dump(values, allow_unicode=True, sort_keys=False))
        with in_time(), pytest.raises(BonitasError) as caught:
            load()
        assert caught.value.next_step
        assert str(next(step for step in path if isinstance(step, str))) in str(caught.value)


ENDLESS = "(WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT 1 - x FROM a) SELECT max(x) FROM a)"
NAMES = sorted(set(_of_the_engine()) - {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})  # fmt: skip
WRONG = st.one_of(
    st.sampled_from(NAMES).map(lambda name: f'"{name}"()'),
    st.sampled_from(["current_date", "current_timestamp", "localtime", "age(issued)", "random() + 1", "uuid() || doc"]),
    st.sampled_from(["no_such", "o.doc", "no_such(doc)", "CAST(doc AS DATE)", "doc +", "(doc", "'doc", "error('x')", "doc AS doc AS x"]),
    st.sampled_from(["DATE 'infinity'", "1e308", "'nan'::DOUBLE", "[doc]", "{'a': doc}", "TIMESTAMP '2024-01-01 10:00'", "INTERVAL 1 DAY", "X'00'"]),
    st.sampled_from(["(SELECT doc FROM open_items)", "(SELECT x FROM range(1000000000000) t(x), range(100) u(y) ORDER BY 1 DESC LIMIT 1)", ENDLESS]),
    st.integers(2, 1500).map(lambda depth: "(" * depth + "doc" + ")" * depth),
    st.text(max_size=20),
)  # fmt: skip
COLUMNS = ["doc AS invoice_id", "client AS customer_id", "issued AS issued_on", "due AS due_on", "CAST(amount AS DECIMAL(18,2)) AS amount", "'EUR' AS currency"]  # fmt: skip
KINDS = {"invoice_id": "text", "customer_id": "text", "issued_on": "day", "due_on": "day", "amount": "money", "currency": "text"}  # fmt: skip


@st.composite
def one_wrong_expression(draw: st.DrawFn) -> tuple[str, str]:
    column = draw(st.sampled_from(COLUMNS))
    wrong = draw(WRONG)
    place = draw(st.sampled_from(["column", "where"]))
    if place == "column":
        return wrong, SELECTS["invoices"].replace(column, f"{wrong} AS {column.rpartition(' AS ')[2]}")  # fmt: skip
    return wrong, f"{SELECTS['invoices']} WHERE ({wrong}) IS NOT NULL"


def refused_select(case: tuple[str, str]) -> None:
    """A text may happen to be legal SQL; what asks for the clock, chance or the engine never is."""
    wrong, sql = case
    with project() as sme:
        sme.change("configs/portfolios/sme.yaml", "kind: files", "kind: files\n  select_minutes: 0.02")  # fmt: skip
        sme.write("configs/portfolios/sme/invoices.sql", sql.encode("utf-8", "replace").decode())
        said = None
        with in_time():
            try:
                ingest(load())
            except BonitasError as error:
                said = str(error)
                assert error.next_step  # noqa: PT017 - either answer may be right
        is_unsteady = any(f'"{name}"()' == wrong for name in NAMES)
        if is_unsteady or wrong in {"current_date", "current_timestamp", "localtime", "age(issued)", "random() + 1", "uuid() || doc"}:  # fmt: skip
            assert said is not None, wrong


def draws(number: int) -> settings:
    return settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)  # fmt: skip


@draws(40)
@given(one_wrong_number())
def test_a_number_outside_its_stated_range(case: tuple[str, tuple[str | int, ...], float]) -> None:
    refused_config(case)


@draws(12)
@given(one_wrong_expression())
def test_a_select_with_one_wrong_expression(case: tuple[str, str]) -> None:
    refused_select(case)


@pytest.mark.slow
@draws(250)
@given(one_wrong_number())
def test_250_numbers_outside_their_stated_ranges(
    case: tuple[str, tuple[str | int, ...], float],
) -> None:
    refused_config(case)


@pytest.mark.slow
@draws(250)
@given(one_wrong_expression())
def test_250_selects_with_one_wrong_expression(case: tuple[str, str]) -> None:
    refused_select(case)


def test_the_ranges_are_read_from_the_schemas() -> None:
    assert len(BOUNDED) > 60
    assert bounds("params", ("rate", "lgd")) == (0, 1)
    assert bounds("params", ("rate", "terms_by_grade", 3)) == (0, 365)
    assert bounds("ibm_ar", ("horizon_months",)) == (1, 60)
