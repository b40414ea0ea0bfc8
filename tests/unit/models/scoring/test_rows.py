"""The head of a CSV that is to be scored: separated by commas, and there."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ContractError
from models.scoring.rows import blocks

FEATURES = [{"name": "late", "dtype": "number"}, {"name": "industry", "dtype": "category"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("customer_id;late;industry\nK1;0,5;steel\n", "separated by semicolons"),
        ("customer_id\tlate\tindustry\nK1\t0.5\tsteel\n", "separated by tabs"),
        ("", "no line of names"),
        ("\n", "no line of names"),
        # of names that are not ours, each column is said to be absent
        ("a;b;c\n1;2;3\n", "customer_id: string expected, absent"),
        ("customer_id,late;industry\nK1,0\n", "late: number expected, absent"),
    ],
)
def test_what_separates_the_columns_is_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text(text)
    with pytest.raises(ContractError) as refused:
        list(blocks(tmp_path / "book.csv", FEATURES))
    assert said in str(refused.value)


def test_a_semicolon_in_a_cell_separates_nothing(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text('"customer_id","late","industry"\nK1,0.5,"steel; iron"\n')
    block = next(blocks(tmp_path / "book.csv", FEATURES))
    assert block.rows.iloc[0].tolist() == ["K1", 0.5, "steel; iron"]
