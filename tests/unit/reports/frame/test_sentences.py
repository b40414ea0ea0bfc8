"""Sentences stand apart: Jinja takes the end of a line away after a block, and the space between two sentences with it."""

from __future__ import annotations

import re

import pytest

from reports.frame.page import TEMPLATES

NAMES = sorted(path.name for path in TEMPLATES.glob("*.j2"))
GLUED = re.compile(r'\b(?:t|say)\("[^\n]*\}\}\{% end(?:if|for) %\}\n\s*(?!\s|<|\{%-? end)')
"""A sentence at the end of a block, and on the next line more of the same paragraph."""


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_that_ends_a_block_leaves_a_space_for_the_next(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert not [text[: one.start()].count("\n") + 1 for one in GLUED.finditer(text)]


def test_two_glued_sentences_are_found() -> None:
    told = '{% if a %}{{ t("One.") }}{% endif %}\n{{ t("Two.") }}'
    assert GLUED.search(told)
    assert not GLUED.search(told.replace("}}{%", "}} {%"))
