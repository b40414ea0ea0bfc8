"""One gate of `configs/gates.yaml`."""

from __future__ import annotations

from contracts.config.base import Config


class GateConfig(Config):
    """One gate: its threshold, whether failing it stops registration, and whether declining does."""

    title: str
    title_zh: str = ""
    threshold: float
    blocks: bool = True
    not_applicable_blocks: bool = True
    waiver: str | None = None

    def waived(self, reason: str) -> GateConfig:
        """This gate, judged and reported as ever, but not stopping registration, for the reason given."""
        return self.model_copy(update={"blocks": False, "waiver": reason})
