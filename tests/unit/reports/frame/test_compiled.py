"""Templates are compiled once; what is kept never outlives the text or the options it was compiled of."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

from reports.frame.compiled import Compiled
from reports.frame.page import TEMPLATES

Made = Callable[..., Environment]


@pytest.fixture(name="made")
def _made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    (tmp_path / "page.j2").write_text(
        "{{ word | said }} {% if true %}\n{% endif %}", encoding="utf-8"
    )

    def environment(*, said: str = "", trim_blocks: bool = False) -> Environment:
        loader, kept = FileSystemLoader(tmp_path), Compiled(tmp_path / "kept")
        one = Environment(
            loader=loader,
            bytecode_cache=kept,
            autoescape=True,
            trim_blocks=trim_blocks,
            optimized=False,
        )
        one.filters["said"] = lambda text: f"{text}{said}"
        return one

    return environment


def _kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "kept").glob("*.pyc"))


def test_the_second_process_compiles_nothing(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made().get_template("page.j2").render(word="once")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(Environment, "compile", never)
    assert made().get_template("page.j2").render(word="once") == first
    assert made(said=", now").get_template("page.j2").render(word="once") == first.replace(
        "once", "once, now"
    )


def test_another_text_is_compiled_anew_and_the_old_goes(made: Made, tmp_path: Path) -> None:
    made().get_template("page.j2")
    (before,) = _kept(tmp_path)
    (tmp_path / "page.j2").write_text("another", encoding="utf-8")
    assert made().get_template("page.j2").render(word="once") == "another"
    (after,) = _kept(tmp_path)
    assert after != before


def test_other_options_are_another_program(made: Made) -> None:
    plain = made().get_template("page.j2").render(word="once")
    assert made(trim_blocks=True).get_template("page.j2").render(word="once") == plain.replace(
        "\n", ""
    )


@pytest.mark.parametrize("content", [b"", b"\x00" * 100])
def test_what_is_damaged_is_compiled_anew(made: Made, tmp_path: Path, content: bytes) -> None:
    first = made().get_template("page.j2").render(word="once")
    (kept,) = _kept(tmp_path)
    whole = kept.read_bytes()
    kept.write_bytes(content or whole[:-20])
    assert made().get_template("page.j2").render(word="once") == first
    assert kept.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_costs_time_alone(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        assert made().get_template("page.j2").render(word="once").startswith("once")
    assert _kept(tmp_path) == []
    shutil.rmtree(tmp_path / "kept")
    (tmp_path / "kept").write_text("a file where the folder would be", encoding="utf-8")
    assert made().get_template("page.j2").render(word="once").startswith("once")


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_no_template_filters_a_constant(path: Path) -> None:
    """Or what the filter said when it was compiled would be said for good."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.filters |= dict.fromkeys(
        ("number", "money", "percent", "day", "signed", "sentence"), str
    )
    for one in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Filter):
        with pytest.raises(nodes.Impossible):
            one.as_const(nodes.EvalContext(environment, path.name))
