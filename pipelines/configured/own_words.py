"""Puts a config back into its own words after `dvc exp run -S`, which writes every list and comment of the file anew.

The values stay as they were set; all else is as it was committed. Nothing is done to a file that anybody else has changed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from contracts.files import read_text, write_text


def put_back(path: Path, committed: str) -> bool:
    """Rewrites the file if DVC's `-S` has rewritten it, and says whether it did.

    Args:
        path: of a config, as it lies on disk.
        committed: its text at the last commit.
    """
    text = read_text(path)
    own = with_values(committed, yaml.safe_load(text))
    if own is None or text == own or _even(text) != _even(as_dvc_writes(own)):
        return False
    write_text(path, own)
    return True


def _even(text: str) -> str:
    """Comments one space after what they are of: their column hangs on how long the line was before."""
    return re.sub(r"[ \t]+#", " #", text)


def with_values(text: str, values: Mapping[str, Any]) -> str | None:
    r"""A config's text with other values, each in its place; None where keys were added or removed, which is no `-S` of ours.

    >>> with_values("a: [1, 2]  # which\nb:\n  c: null  # none\n", {"a": [3], "b": {"c": 0.5}})
    'a: [3]  # which\nb:\n  c: 0.5  # none\n'
    """
    spans = sorted(_changed(yaml.compose(text), yaml.safe_load(text), values), reverse=True)
    for start, end, value in spans:
        text = text[:start] + value + text[end:]
    try:
        return text if yaml.safe_load(text) == values else None
    except yaml.YAMLError:  # a list of lines without an indent has no place for one of brackets
        return None


def _changed(node: Any, before: Any, after: Any) -> Iterator[tuple[int, int, str]]:
    if isinstance(node, yaml.MappingNode) and isinstance(after, Mapping):
        for key, inner in node.value:
            if key.value in after:
                yield from _changed(inner, before[key.value], after[key.value])
    elif before != after:
        written = yaml.safe_dump(after, default_flow_style=True, width=10_000, allow_unicode=True)
        yield node.start_mark.index, _end(node), written.removesuffix("\n...\n").strip()


def _end(node: Any) -> int:
    """Where a value ends. To YAML one that is written in lines goes on to the next key, comments and all."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return end


def as_dvc_writes(text: str) -> str:
    """What `-S` makes of a config: DVC reads and writes it with ruamel's round trip, lists in block form."""
    writer, stream = YAML(), io.StringIO()
    writer.default_flow_style = False
    held = writer.load(text)
    for key in held:
        _in_blocks(held, key)
    writer.dump(held, stream)
    return stream.getvalue()


def _in_blocks(inside: Any, key: Any) -> None:
    """DVC merges plain lists over those of the file, which then have no form of their own."""
    if isinstance(inside[key], Mapping):
        for inner in inside[key]:
            _in_blocks(inside[key], inner)
    elif isinstance(inside[key], list):
        inside[key] = list(inside[key])
