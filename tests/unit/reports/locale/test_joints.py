"""Between words in two languages stand the brackets and commas of each: `joint.*` of the catalogue, not those of the template."""

from __future__ import annotations

import re

import pytest

from reports.frame.page import TEMPLATES

WORDS = r"\{\{ ?(?:t|say|level)\((?:[^{}]|\{[^{}%]*\})*?\) ?\}\}"
TAGS = r"(?:</?\w[^>]*>|\{% (?:if|endif)[^%]*%\})*"
HALF_WIDTH = [
    f"{WORDS}{TAGS} ?[(;,:]",
    f"[(]{TAGS}{WORDS}",
    f"{WORDS}{TAGS}[)]",
    rf"{WORDS}[)]?\{{\{{ \"[;,]",
]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_no_half_width_bracket_joins_words_in_two_languages(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    found = [match[0] for form in HALF_WIDTH for match in re.finditer(form, text)]
    assert found == []


@pytest.mark.parametrize("wrong", ['{{ t("a") }} ({{ say("b", c) }})', '<td>{{ say("a", b) }}; {{ t("c {n}") }}', '{{ t("x {points:+,.0f}", points=p) }}){{ "; " if not loop.last }}'])  # fmt: skip
def test_the_forms_find_what_was_wrong(wrong: str) -> None:
    assert any(re.search(form, wrong) for form in HALF_WIDTH)
