"""Every message for users stands in docs/reference/errors.md, or where it is said why it cannot."""

from __future__ import annotations

from tests.refusals import PAGE
from tests.refused.elsewhere import ELSEWHERE
from tests.refused.sites import sites, unlisted


def test_every_message_is_on_the_page_or_said_to_be_elsewhere() -> None:
    assert sum(1 for _ in sites()) > 250
    known = {one for every in ELSEWHERE.values() for one in every}
    lacking = {one.said: one.place for one in unlisted(PAGE.read_text(encoding="utf-8"))}
    new = {said: place for said, place in lacking.items() if said not in known}
    assert not new, "a case in tests/refused, then python -m tests.refusals"
    assert not known - set(lacking), "on the page by now, or no longer said"
