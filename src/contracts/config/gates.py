"""The gates of `configs/gates.yaml`."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config
from contracts.errors import ConfigError


class GateConfig(Config):
    """One gate: its threshold, whether failing it stops registration, and whether declining does."""

    threshold: float
    blocks: bool = True
    not_applicable_blocks: bool = True
    waiver: str | None = None

    def waived(self, reason: str) -> GateConfig:
        """This gate, judged and reported as ever, but not stopping registration, for the reason given."""
        return self.model_copy(update={"blocks": False, "waiver": reason})


class GateOverride(Config):
    """What `configs/gates.yaml` says of one gate; what it leaves out is as the gate declares it."""

    threshold: float | None = None
    blocks: bool | None = None
    not_applicable_blocks: bool | None = None
    waiver: str | None = Field(None, min_length=20)

    def over(self, declared: GateConfig) -> GateConfig:
        """The declared gate under this override; a waived gate does not stop registration.

        >>> GateOverride(threshold=0.7).over(GateConfig(threshold=0.6, blocks=False))
        GateConfig(threshold=0.7, blocks=False, not_applicable_blocks=True, waiver=None)
        """
        given = self.model_dump(exclude_none=True, exclude={"waiver"})
        found = declared.model_copy(update=given)
        return found if self.waiver is None else found.waived(self.waiver)

    def unexplained(self, declared: GateConfig, *, where: str) -> ConfigError | None:
        """What is wrong with an override that lets a gate go without saying why; None where it does not.

        Args:
            declared: the gate as it declares itself.
            where: of the gate.

        >>> print(GateOverride(blocks=False).unexplained(GateConfig(threshold=0.6), where="gates.yaml > PD-D1"))
        The gate stops registration by itself, and is told not to without a reason.
          where: gates.yaml > PD-D1 > blocks
          value: False
          do:    Take the line out, and say why instead: `waiver: the reason, in 20 letters or more` here, or under `waivers` of the portfolio's yaml for that portfolio alone. The gate is judged and shown all the same, with the reason.
        """
        wrong = [
            name
            for name in ("blocks", "not_applicable_blocks")
            if getattr(self, name) is False and getattr(declared, name)
        ]
        if self.waiver is not None or not wrong:
            return None
        return ConfigError(
            "The gate stops registration by itself, and is told not to without a reason.",
            where=f"{where} > {wrong[0]}",
            value=False,
            next_step="Take the line out, and say why instead: `waiver: the reason, in 20 letters or more` here, or under `waivers` of the portfolio's yaml for that portfolio alone. "
            "The gate is judged and shown all the same, with the reason.",
        )

    def beyond(self, bounds: tuple[float, float], *, where: str) -> ConfigError | None:
        """What is wrong with a threshold with which its gate would not judge; None where nothing is.

        Args:
            bounds: lowest and highest threshold of the gate.
            where: of the threshold.

        >>> print(GateOverride(threshold=0.06).beyond((0.5, 1), where="gates.yaml > PD-D1"))
        The threshold lies between 0.5 and 1; beyond, everything would pass, or nothing.
          where: gates.yaml > PD-D1
          value: 0.06
          do:    Correct it. To let a model be registered that fails the gate, give the portfolio's yaml a waiver with its reason.
        """
        low, high = bounds
        if self.threshold is None or low <= self.threshold <= high:
            return None
        return ConfigError(
            f"The threshold lies between {low:g} and {high:g}; beyond, everything would pass, or nothing.",
            where=where,
            value=self.threshold,
            next_step="Correct it. To let a model be registered that fails the gate, give the portfolio's yaml a waiver with its reason.",
        )
