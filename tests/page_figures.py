"""What an English reader sees on a page, as plain text: tiles, tables and calls, for tests that recompute every figure."""

from __future__ import annotations

import html
import re

TAG = re.compile(r"<[^>]+>")
NUMBER = re.compile(r"[−+-]?\d[\d,]*(?:\.\d+)?")
HIDDEN = re.compile(
    r'<span lang="zh-Hans">.*?</span>|<svg.*?</svg>|<style>.*?</style>|</?time>', flags=re.DOTALL
)


def english(page: str) -> str:
    """The page without its Chinese and its drawings."""
    return HIDDEN.sub("", page)


def text(fragment: str) -> str:
    """The words of a fragment, one space between them; per cent signs stand close to their number."""
    words = html.unescape(TAG.sub(" ", fragment)).replace("\xa0%", "%")
    return re.sub(r"\s+([.,;%])", r"\1", " ".join(words.split()))


def section(page: str, heading: str) -> str:
    """What stands below a heading, down to the next one of its rank."""
    for part in re.split(r"<h2>", english(page))[1:]:
        title, _, below = part.partition("</h2>")
        if text(title) == heading:
            return below
    raise AssertionError(f"no heading {heading!r}")


def tables(fragment: str) -> list[list[list[str]]]:
    """The cells of every table, by row; heads are the first row."""
    found = re.findall(r"<table.*?</table>", english(fragment), flags=re.DOTALL)
    return [
        [
            [text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL)]
            for row in re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)
        ]
        for table in found
    ]


def body(fragment: str, place: int = 0) -> list[list[str]]:
    """The rows of a table below its heads."""
    return tables(fragment)[place][1:]


def tiles(page: str) -> dict[str, tuple[str, str]]:
    """The headline: what each tile is called, its figure, and what stands below it."""
    block = re.search(r'<dl class="headline">.*?</dl>', english(page), flags=re.DOTALL)
    assert block is not None
    found = re.findall(
        r'<dt>(.*?)</dt><dd class="figure">(.*?)</dd>\s*(?:<dd class="under">(.*?)</dd>)?',
        block.group(0),
        flags=re.DOTALL,
    )
    return {text(label): (text(value), text(under)) for label, value, under in found}


def number(shown: str) -> float:
    """The first number of a text."""
    found = NUMBER.search(shown)
    assert found, shown
    return float(found.group().replace(",", "").replace("−", "-"))


def agrees(shown: str, value: float, *, within: float = 0.0) -> None:
    """The text shows the value as exactly as its digits claim, or at most so far from it."""
    digits = len(NUMBER.search(shown).group().partition(".")[2])  # type: ignore[union-attr]
    own = value * 100 if shown.endswith("%") else value
    assert abs(number(shown) - own) <= max(0.5 * 10.0**-digits, within) * (1 + 1e-6) + 1e-9, (shown, value)  # fmt: skip
