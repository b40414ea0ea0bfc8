"""What the model card says of each part: rows, customers, defaults and half-open dates, by hand."""

from __future__ import annotations

import pandas as pd

from models.registry.registration import part_facts


def test_facts_of_each_part_by_hand() -> None:
    """`until` is the day after the last: 31 December belongs to the part, 1 January does not."""
    partition = pd.DataFrame(
        [
            ("C2", "2024-01-31", "test", True),
            ("C1", "2024-02-29", "test", False),
            ("C1", "2024-12-31", "test", True),
            ("C1", "2023-12-31", "calibrate", False),
            ("C1", "2025-06-30", "recent", None),
        ],
        columns=["customer_id", "as_of", "part", "defaulted"],
    )
    partition["as_of"] = pd.to_datetime(partition["as_of"])
    partition["defaulted"] = partition["defaulted"].astype("boolean")
    found = part_facts(partition)
    assert list(found) == ["calibrate", "test", "recent"]
    assert found["test"] == {
        "rows": 3,
        "customers": 2,
        "defaults": 2,
        "from": "2024-01-31",
        "until": "2025-01-01",
    }
    assert found["calibrate"] == {
        "rows": 1,
        "customers": 1,
        "defaults": 0,
        "from": "2023-12-31",
        "until": "2024-01-01",
    }
    # what has not matured is no default
    assert found["recent"]["defaults"] == 0
