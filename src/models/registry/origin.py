"""Where a version comes from: of committed code, or of an experiment, which explores and never decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PIPELINE = "pipeline"
"""Who decides where no person does."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a version was made from, and when it is put into the registry.

    Attributes:
        kind: `clean` where all that makes a model is committed; `dirty` where some of it is not; `experiment` of DVC;
            `unknown` where no commit can be named, as in a folder without git.
        detail: the experiment's name, the files that are not committed, or why no commit can be named.
        at: UTC, ISO 8601, to the second; kept in the registry, never in an output of DVC.
        commit: that is checked out; empty where there is none.
        patch: what is not committed, as `git apply` takes it, secrets blanked.
        user: who is logged in where it is made.
    """

    kind: Literal["clean", "dirty", "experiment", "unknown"]
    detail: str
    at: str
    commit: str = ""
    patch: str = ""
    user: str = ""

    @property
    def tags(self) -> dict[str, str]:
        """Tags of a run, by MLflow's own names where it has some.

        >>> Origin("dirty", "src/a.py", "2026-03-01T09:00:00Z", "0a1b", "...", "ann").tags["dirty"]
        'src/a.py'
        """
        told = {
            "mlflow.user": self.user,
            "mlflow.source.git.commit": self.commit,
            "experiment": self.detail if self.kind == "experiment" else "",
            "dirty": self.detail if self.kind == "dirty" else "",
        }
        fixed = {"mlflow.source.name": "bonitas register", "mlflow.source.type": "LOCAL"}
        return {**fixed, "origin": self.kind, **{name: one for name, one in told.items() if one}}

    @property
    def hindrance(self) -> str | None:
        """Why nothing of this origin is made champion without a person's decision; None where nothing hinders.

        >>> Origin("experiment", "grown-aunt", "2026-03-01T09:00:00Z").hindrance
        'it comes from the DVC experiment grown-aunt'
        """
        said = {
            "experiment": f"it comes from the DVC experiment {self.detail}",
            "dirty": f"it comes from changes that are not committed: {self.detail}",
            "unknown": f"no commit can be named that it comes from: {self.detail}",
        }
        return said.get(self.kind)
