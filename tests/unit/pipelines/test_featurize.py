"""What `featurize` says at its end."""

from __future__ import annotations

from contracts.config.attributes import AttributeConfig
from pipelines.featurize import to_be_written


def columns(n: int) -> list[AttributeConfig]:
    given = {"dtype": "number", "pillar": "credit_record", "unit": "count"}
    return [AttributeConfig.model_validate({"name": f"bureau_{one}", **given}) for one in range(n)]


def test_of_two_thousand_columns_without_wording_a_few_are_named() -> None:
    said = to_be_written(columns(2_000))
    assert said.startswith("; wording is to be written for bureau_0, bureau_1, bureau_2, bureau_3, bureau_4 and 1,995 more (")  # fmt: skip
    assert to_be_written(columns(2)) == "; wording is to be written for bureau_0, bureau_1 (attributes in the yaml)"  # fmt: skip
    assert to_be_written([]) == ""
