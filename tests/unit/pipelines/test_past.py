"""What stages left of the past, read for one customer: files of another build are refused, not guessed at."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from contracts.errors import ContractError
from pipelines import paths
from pipelines.book.past import moved


def test_a_split_without_a_column_of_today_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert moved(["A"]).empty
    paths.MOVEMENTS.parent.mkdir(parents=True)
    pd.DataFrame({"customer_id": ["A"], "since": [pd.Timestamp("2025-10-31")]}).to_parquet(paths.MOVEMENTS)  # fmt: skip
    with pytest.raises(ContractError, match="Why scores moved") as caught:
        moved(["A"])
    assert "bonitas" in str(caught.value) or "make" in str(caught.value)
    assert "movements.parquet" in str(caught.value)
