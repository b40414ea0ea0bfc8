"""Corrections that a gate refuses, on a small project: what the log of decisions holds of them, whatever happens meanwhile."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

import reports.recalibration
from contracts.documents.recalibration import Recalibration
from contracts.errors import RegistryError
from contracts.files import read_json
from models.registry.decisions import Decision
from models.registry.origin import PIPELINE
from models.registry.refusals import refused_on
from models.registry.registry import Registry
from models.registry.seal import sha256
from pipelines.errands.history import history
from pipelines.errands.promote import promote
from pipelines.recalibrate import recalibrate
from pipelines.settings import load
from tests.registry_at_once import in_a_process


def asking(skill: float) -> None:
    """A gate that no correction passes."""
    gates = Path("configs/gates.yaml")
    gates.write_text(re.sub(r"(PD-B1:.*?threshold: )[-\d.]+", rf"\g<1>{skill}", gates.read_text(), count=1, flags=re.DOTALL))  # fmt: skip


def refusals(found: Registry) -> list[Decision]:
    return [one for one in found.log.read().decisions if one.refused is not None]


def written_down_once(found: Registry) -> None:
    """Once, with gates, figures and evidence; in `bonitas history`, also of its day; changed evidence is told."""
    file = Path("reports/recalibration.json")
    text = read_json(file)
    (line,) = refusals(found)
    assert (line.version, line.champion, line.before, line.by) == ("1", "1", "1", PIPELINE)
    assert line.evidence == sha256(file.read_bytes())
    assert line.refused is not None
    assert line.refused.model_dump(mode="json") == text["refusal"]
    assert text["refusal"]["day"] == "2025-12-31"
    assert [(one["code"], one["threshold"]) for one in text["refusal"]["gates"]] == [("PD-B1", 0.99)]  # fmt: skip
    assert text["correction"].items() <= text["refusal"].items()
    # what was refused is no calibrator to use
    kept = found.required_champion().bundle.json("calibrator.json")
    assert read_json(Path("data/champion/calibrator_next.json")) == kept
    before, day = found.log.read(), line.at[:10]
    recalibrate(load())
    assert found.log.read() == before
    with redirect_stdout(StringIO()) as shown:
        history(load(), None)
        history(load(), day)
    told = shown.getvalue()
    assert told.count(f"refused a correction of version 1 by pipeline, evidence {line.evidence[:12]}: book of 2025-12-31: level +") == 2  # fmt: skip
    assert "PD-B1 failed (" in told
    assert f"unchanged: correction_refused_2025-12-31_{line.evidence[:12]}.json in its reports" in told  # fmt: skip
    (held,) = Path().glob(f"mlruns/**/correction_refused_2025-12-31_{line.evidence[:12]}.json")
    assert held.read_bytes() == file.read_bytes()
    page = reports.recalibration.render(Recalibration.read(file))
    assert line.evidence[:12] in page
    assert page.count("stops the correction") == 1
    held.write_text(held.read_text().replace("0.99", "0.98"))
    assert "NOT what lies in the registry now" in refused_on(found, line, line.refused)
    held.unlink()
    assert "is not in its reports" in refused_on(found, line, line.refused)
    # promoting it again is still refused, for it is champion by a person's decision and not by this line
    with pytest.raises(RegistryError, match="is the champion already") as caught:
        promote(load(), "1", "Ann", "again")
    assert "Ann: back" in str(caught.value.value)


def killed_or_at_once(found: Registry) -> None:
    """Another threshold is another refusal: killed between its evidence and its line, and by two at once, it is written down once."""
    asking(0.98)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Registry, "decide", raises)
        with pytest.raises(KeyboardInterrupt):
            recalibrate(load())
    assert len(refusals(found)) == 1
    recalibrate(load())
    assert len(refusals(found)) == 2
    asking(0.5)
    assert in_a_process(Path.cwd(), "recalibrate", 2) == [0, 0]
    assert len(refusals(found)) == 3
    evidence = refusals(found)[-1].evidence
    assert evidence == sha256(Path("reports/recalibration.json").read_bytes())
    assert found.crowned() == "1"


def raises(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
