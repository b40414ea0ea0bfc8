"""The expert score as the project states it: `configs/expert.yaml`."""

from __future__ import annotations

from contracts.config.base import parse
from contracts.config.expert import ExpertConfig
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml


def load_expert() -> ExpertConfig:
    """Points, rates, what they weigh, and up to how many defaults they race with fitted models.

    Raises:
        ConfigError: the file is absent or no YAML, or keys are unknown or illegal: all of them in one message.
    """
    return parse(ExpertConfig, read_yaml(paths.EXPERT), where=str(paths.EXPERT))
