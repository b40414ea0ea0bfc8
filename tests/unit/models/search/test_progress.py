"""The bar of a search: on a terminal it tells the best loss, elsewhere it says nothing."""

from __future__ import annotations

import io
import sys

import pytest

from models.search.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("trials", "ends"), [(3, "3/3"), (None, "3/?")])
def test_a_terminal_shows_how_far_and_how_good(
    monkeypatch: pytest.MonkeyPatch, trials: int | None, ends: str
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress(trials) as show:
        show(0, None)
        show(3, 0.123456)
    assert "best loss 0.12346" in terminal.getvalue()
    assert ends in terminal.getvalue()


def test_a_pipe_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(3) as show:
        show(3, 0.1)
    assert capsys.readouterr() == ("", "")
