"""Who speaks, as a version keeps it: of this release, of an earlier one, and of one that nobody here can read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.errors import BundleError
from models.explanation.kept import speaker_from, speaker_json
from tests.serve_project import lineage
from tests.unit.models.explanation.test_reasons import feature, reader

RANK = "peers_days_late_rank"
FEATURES = [feature("days_late"), feature(RANK, typical=0.5, unit="share", is_rank=True)]


def kept() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(speaker_json(reader(FEATURES), lineage())))
    return made


def test_a_speaker_comes_back_as_it_was() -> None:
    assert list(speaker_from(kept()).features) == FEATURES


def test_an_earlier_release_that_did_not_say_which_is_a_rank_is_read_by_its_name() -> None:
    earlier = kept()
    for one in earlier["features"]:
        del one["is_rank"]
    assert list(speaker_from(earlier).features) == FEATURES


@pytest.mark.parametrize("lacking", ["features", "peers", "speaks_for"])
def test_what_cannot_be_read_is_one_message(lacking: str) -> None:
    other = {key: value for key, value in kept().items() if key != lacking}
    with pytest.raises(
        BundleError, match=r"not what this release reads(.|\n)*--no-reasons"
    ) as told:
        speaker_from(other)
    assert lacking in str(told.value)
