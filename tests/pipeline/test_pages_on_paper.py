"""Each customer that the run describes, worked out on paper from the delivered rows: `benchmarks.on_paper`, which imports nothing of the project."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from pipelines import ROOT
from tests.pipeline.conftest import Workspace

pytestmark = pytest.mark.slow


def test_every_customer_described_is_what_paper_gives(finished: Workspace) -> None:
    """Balance, buckets, items, credits, peak, billing, payments, score, grade, loss, terms and limit: to the cent and the day."""
    told = json.loads((finished.folder / "reports/customers.json").read_text(encoding="utf-8"))
    wanted = {one["who"]["customer_id"] for one in told["customers"] if one["rated"] and one["owed"]}  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.on_paper", "--folder", str(finished.folder), "--all"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"^(\S+): .* hard kinds: (\d+) figures, (\d+) differ$", done.stdout, re.MULTILINE)  # fmt: skip
    assert {who for who, _, _ in found} == wanted
    assert wanted
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(int(figures) > 20 and differ == "0" for _, figures, differ in found), done.stdout
