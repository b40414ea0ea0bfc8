"""docs/reference/errors.md: each refusal in it is made by a real wrong input, now, and says what it says there."""

from __future__ import annotations

import pytest

from tests.refusals import CASES, PAGE, page

pytestmark = pytest.mark.long


def test_the_page_of_refusals_is_what_is_really_said() -> None:
    assert sum(map(len, CASES.values())) > 100
    made = page()  # fails where an input is accepted, or ends in anything but an error of ours
    assert PAGE.read_text(encoding="utf-8") == made, "python -m tests.refusals"
    assert "ann:secret" not in made
    assert "Traceback" not in made
