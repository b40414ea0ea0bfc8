"""How few defaults a fitted model needs: worlds cut to so many defaulted customers, judged by the true PDs that they know.

`python -m benchmarks.few_defaults` prints the table of `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.models_hidden import expected_gini
from benchmarks.models_project import Project
from contracts.arrays import Floats
from contracts.config.expert import ExpertConfig
from contracts.config.split import SplitConfig
from contracts.config.training import SearchConfig, TrainConfig
from contracts.errors import TrainingError
from contracts.tables.derived import COHORT, LINEAGE, MATRIX, TRUTH
from contracts.tables.store import read_table
from models.base.arrays import hashed_share
from models.base.data import Part, assemble, joined
from models.measures.metrics import measure
from models.sample.split import partition
from models.search.preparation import prepare
from models.scorecard.scorecard import fit_scorecard
from models.training.few import train_few
from models.training.training import train_models
from pipelines import paths
