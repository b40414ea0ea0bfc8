"""Config files as text: YAML that can be read in one way only."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from contracts.errors import ConfigError
from contracts.files import read_text
from contracts.secrets import has_secret

_TWO_WAYS = re.compile(r"[-+]?0[0-9_]+|.*[:_].*")
"""Whole numbers that YAML 1.1 and 1.2 read differently: 010 is 8 or 10, 1:30 is 90 or a text, 1_000 a number or a text."""
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")
"""5.000 is five here and five thousand where a point parts thousands, as in most of Europe; 0.005 is neither."""

_BOOL, _TEXT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:str"
_COMMENT = re.compile(r"(^|\s)#.*")


def loaded(text: str, where: str) -> Any:
    """What a YAML text holds.

    Raises:
        ConfigError: a key is given twice, of which the last would win silently; or a number can be read in two ways.

    >>> loaded("rate: {lgd: 0.45}", "params.yaml")
    {'rate': {'lgd': 0.45}}
    >>> loaded('{on: "2025-12-31", promote: off}', "demo.yaml")   # the key of a balance, and an answer
    {'on': '2025-12-31', 'promote': False}
    """
    loader = _Loader(text)
    loader.where = where
    try:
        node = loader.get_single_node()
        if node is not None and _size(node, {}) > MAX_NODES:
            raise ConfigError(
                "The config file repeats itself by anchors and aliases without end.",
                where=where,
                next_step="Write each value where it belongs; & and * of YAML multiply what they name.",
            )
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


MAX_NODES = 1_000_000
"""Values of a file with every alias written out: two thousand attributes are 20,000."""


def _size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Values under a node with every alias written out. A node within itself is without end."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in sizes:
        sizes[id(node)] = MAX_NODES + 1
        inner = [one for pair in node.value for one in (pair if isinstance(pair, tuple) else (pair,))]  # fmt: skip
        sizes[id(node)] = 1 + sum(_size(one, sizes) for one in inner)
    return sizes[id(node)]


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, strict where it would choose by itself."""

    where = ""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - PyYAML's signature
    ) -> dict[Hashable, Any]:
        """A section, each of whose keys is given once and is the text that stands there: YAML 1.1 reads `on:` as true."""
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if key.tag == _BOOL:
                key.tag = _TEXT
            line = key.start_mark.line + 1
            if key.value in lines:
                raise ConfigError(
                    f"The key '{key.value}' is given twice.",
                    where=f"{self.where}, lines {lines[key.value]} and {line}",
                    next_step="Keep one of them; the last would win silently.",
                )
            if isinstance(key, yaml.ScalarNode):
                lines[key.value] = line
        return super().construct_mapping(node, deep)

    def whole(self, node: yaml.ScalarNode) -> int:
        """A whole number."""
        self._refuse_two_ways(node)
        return int(self.construct_yaml_int(node))

    def broken(self, node: yaml.ScalarNode) -> float:
        """A number with a point. 1:30.5 is 90.5 to YAML 1.1 and a text to 1.2."""
        self._refuse_two_ways(node)
        if _THOUSANDS.fullmatch(node.value):
            low = f"{float(node.value):g}"
            raise ConfigError(
                "The number can be read in two ways.",
                where=f"{self.where}, line {node.start_mark.line + 1}",
                value=node.value,
                next_step=f"Write {node.value.replace('.', '')} where the point parts thousands, else {low if '.' in low else low + '.0'}, or one more 0 behind it.",
            )
        return float(self.construct_yaml_float(node))

    def _refuse_two_ways(self, node: yaml.ScalarNode) -> None:
        if _TWO_WAYS.fullmatch(node.value):
            raise ConfigError(
                "The number can be read in two ways.",
                where=f"{self.where}, line {node.start_mark.line + 1}",
                value=node.value,
                next_step="Write its digits alone, without a leading 0, an underscore or a colon; put a text in quotes.",
            )


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.broken)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds keys. Raises ConfigError where it is absent or holds anything else."""
    try:
        text = read_text(path)
        _refuse_secrets(text, path)  # first: a later message would show its line
        values = loaded(text, str(path))
    except FileNotFoundError as error:
        raise ConfigError(
            "The config file is absent.",
            where=str(path),
            next_step="Run from the project's folder; restore the file from git.",
        ) from error
    except RecursionError as error:
        raise ConfigError(
            "The config file is nested too deeply.",
            where=str(path),
            next_step="No key lies deeper than five levels; look for brackets that are opened again and again.",
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(
            "The config file is not YAML.",
            where=str(path),
            value=str(error).replace("\n", " "),
            next_step="Correct the line named above.",
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(
            "The config file holds no keys.",
            where=str(path),
            value=repr(values)[:100],
            next_step="Restore the file from git.",
        )
    _refuse_hidden_secrets(values, str(path))
    _refuse_bare_dates(values, str(path))
    return values


def _refuse_secrets(text: str, path: Path) -> None:
    """A password in a config ends in git, in dvc.lock and on the screen."""
    for number, line in enumerate(text.splitlines(), start=1):
        if has_secret(_COMMENT.sub("", line)):
            raise _secret_in(f"{path}, line {number}")


def _secret_in(where: str) -> ConfigError:
    return ConfigError(
        "The file holds an address with a password.",
        where=where,
        next_step="Put the whole address into an environment variable and write the variable's name here: "
        "source > url_variable, register > tracking_variable or train > search > storage_variable. "
        "If the file was ever committed or shared, change the password.",
    )


def _refuse_hidden_secrets(values: Any, where: str) -> None:
    """A text may be broken over lines, hold a #, or write its letters as codes: what counts is what it says in the end."""
    if isinstance(values, str) and has_secret(values):
        raise _secret_in(where)
    for key, inner in _inside(values):
        if isinstance(key, str) and has_secret(key):
            raise _secret_in(where)
        _refuse_hidden_secrets(inner, f"{where} > {key}")


def _inside(values: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(values, dict):
        return values.items()
    return enumerate(values) if isinstance(values, list) else ()


def _refuse_bare_dates(values: Any, where: str) -> None:
    """DVC stores params as JSON, which has no dates; a bare one would fail after the stage has run."""
    if isinstance(values, date):
        raise ConfigError(
            "A date is not in quotes.",
            where=where,
            value=values.isoformat(),
            next_step=f'Write "{values.isoformat()}": DVC cannot store a bare YAML date.',
        )
    for key, inner in _inside(values):
        _refuse_bare_dates(inner, f"{where} > {key}")
