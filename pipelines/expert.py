"""The expert's scorecard as the project states it: `configs/expert.yaml`."""

from __future__ import annotations

from contracts.config.base import parse
from contracts.config.expert import ExpertConfig
from pipelines import paths
from pipelines.yaml_text import read_yaml


def load_expert() -> ExpertConfig:
    """Points, rates, how sure they are, and from how many defaults a model is fitted.

    Raises:
        ConfigError: the file is absent or no YAML, or a key is unknown or illegal.
    """
    return parse(ExpertConfig, read_yaml(paths.EXPERT), where=str(paths.EXPERT))
