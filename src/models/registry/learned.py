"""What a card says of what the model has learned, and of how long the level of the book's PDs lasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def learned_in_words(learned: Mapping[str, Any]) -> str:
    """What the model has learned from and until when; which model was validated and which ships, and why that is sound.

    >>> span = {"rows": 90, "customers": 9, "defaults": 5, "from": "2020-01-01", "until": "2024-12-02"}
    >>> print(learned_in_words({"policy": "matured", **span, "twin": span}))
    Learned from 90 observations of 9 customers, 5 of them before a default, with days of decision from 2020-01-01 to before 2024-12-02.
    """
    said = (
        f"Learned from {learned['rows']:,} observations of {learned['customers']:,} customers, {learned['defaults']:,} of them before "
        f"a default, with days of decision from {learned['from']} to before {learned['until']}."
    )
    if learned["policy"] != "all":
        return said
    if weighed := learned.get("open"):
        said += (
            f" {weighed['rows']:,} newer observations before {weighed['until']}, whose outcomes are open, count as {weighed['weight']:,.0f}: "
            f"{weighed['defaults']:,} had defaulted, the others each by the share of a horizon's defaults that has come by its age, which "
            "takes the timing of defaults within the horizon to be what it was."
        )
    twin = learned["twin"]
    return (
        f"{said} What was validated is its twin, fitted on {twin['rows']:,} of them, before {twin['until']}, and tested on later ones; "
        "this model is the same recipe fitted again on everything that has matured, which is sound because no input, setting or "
        "booster was chosen on the test outcomes, and because gates PD-F1 to PD-F3 hold it against its twin on observations that "
        "neither has learned from. The figures below are the twin's."
        + lasting_in_words(learned.get("level"))
    )


def lasting_in_words(year: Mapping[str, Any] | None) -> str:
    """How long a change of level lasts, from how many years, and what part of the newest year's error is carried; begins with a space.

    Args:
        year: `contracts.documents.outlook.Outlook`, dumped. Empty where there is none, or an earlier release made it.

    >>> moved = {"years": 7.0, "half_life": 1.24, "low": 0.41, "high": 3.7, "set_half_life": 0.5, "set_weight": 0.58}
    >>> print(lasting_in_words({"half_life": 1.24, "share": 0.61, "movement": moved}))
     In 7.0 years of defaults half of a change of level was gone after 1.2 years (95% interval 0.4 to 3.7; the setting, 0.5 years, has a weight of 58%); of what the newest year was off, 61% is carried into the year ahead.
    >>> lasting_in_words(None), lasting_in_words({"half_life": 0.5})
    ('', '')
    """
    if year is None or year.get("share") is None:
        return ""
    carried = (
        f"of what the newest year was off, {year['share']:.0%} is carried into the year ahead."
    )
    moved = year.get("movement")
    if moved is None:
        return f" Half of a change of level is taken to be gone after {year['half_life']:.1f} years, as set; {carried}"
    return (
        f" In {moved['years']:.1f} years of defaults half of a change of level was gone after {moved['half_life']:.1f} years "
        f"(95% interval {moved['low']:.1f} to {moved['high']:.1f}; the setting, {moved['set_half_life']:.1f} years, has a weight of "
        f"{moved['set_weight']:.0%}); {carried}"
    )
