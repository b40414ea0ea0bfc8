"""What is said of a model that its gates refused: which, and what to do about each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.documents.checks import Checks

PLAINER = (
    "a plainer model ranks better, as it does where few customers defaulted: let them race, and what wins is registered (`race_until` in configs/expert.yaml above the "
    "defaulted customers in train; docs/few-defaults.md)"
)
STEPS: Mapping[str, str] = MappingProxyType(
    {
        "PD-X1": PLAINER,
        "PD-X2": PLAINER,
        "PD-N1": "more history or customers, or a longer test part (`test_months` in the portfolio's yaml)",
        "PD-D1": "fewer or other features, more history or customers",
        "PD-B1": "fewer or other features, more history or customers",
        "PD-C1": "other calibrate.methods; or newer outcomes, where the level has moved since",
        "PD-C2": "other calibrate.methods, or fewer features",
        "PD-L1": "leave the input out (`features: without`), or say how it was known on the day (`checked_inputs` in the portfolio's yaml)",
    }
)
"""By gate, what helps most often."""


def refusal(checks: Checks, *, is_kept: bool) -> list[str]:
    """What stopped the model and what to do about it, a line each; nothing where it passed.

    Args:
        checks: what the gates found.
        is_kept: whether a champion of earlier runs stays in use.
    """
    stopped = [one for one in checks.rows if one.stops]
    if not stopped:
        return []
    use = "the champion stays in use" if is_kept else "there is no champion, so nothing to keep up"
    return [
        f"The model was not registered; {use}. The gates that stopped it:",
        *(f"  {one.code}  {one.title}: {one.detail}" for one in stopped),
        "What each means stands on reports/validation_model.html; every page of this model says that it was refused.",
        *(f"Try for {one.code}: {STEPS[one.code]}." for one in stopped if one.code in STEPS),
        "A gate your committee does without is waived with its reason: `waivers` in the portfolio's yaml.",
    ]
