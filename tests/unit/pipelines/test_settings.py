"""What a wrong config says: place, value, next step; and where an intruding package is named."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from models.gates.gates import GATES
from pipelines import ROOT, intruders, paths
from pipelines.configured.gates import load_gates
from pipelines.configured.yaml_text import read_yaml
from pipelines.errands.choose import choose, chosen
from pipelines.settings import from_environment, load, load_portfolio, registry_uri


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds only the configs, as the current folder."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_portfolio_and_gate_of_the_project_is_legal(project: Path) -> None:
    assert load().name == "demo"
    names = sorted(path.stem for path in (project / paths.PORTFOLIOS).glob("*.yaml"))
    assert {"american", "demo", "ibm_ar", "sba504"} <= set(names)
    for name in names:
        assert load_portfolio(name).title
    assert set(load_gates()) == set(GATES)


def test_unknown_portfolio_names_the_nearest(project: Path) -> None:
    with pytest.raises(ConfigError, match="Unknown portfolio 'amercan'") as caught:
        load_portfolio("amercan")
    assert "Did you mean 'american'?" in str(caught.value)
    assert "configs/params.yaml > portfolio" in str(caught.value)
    assert project.exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("params.yaml", "max_depth:", "max_dept:", ["Unknown key 'max_dept'", "'max_depth'", "train"]),
        ("params.yaml", "trials: 12", "trials: 0", ["params.yaml > train.search.trials", "'0'|0", "1"]),
        ("params.yaml", "trials: 12", "trials: null", ["params.yaml > train.search", "no budget", "minutes"]),
        ("params.yaml", "minutes: null", "minutes: 0", ["train.search.minutes", "greater than 0"]),
        ("params.yaml", "[10, 20, 40, 80]", "[20, 10]", ["train.selection", "sizes must be positive and rise"]),
        ("params.yaml", "engine: duckdb", "engine: oracle", ["engine.engine", "duckdb"]),
        ("params.yaml", "grade_bounds: [0.0005, 0.001,", "grade_bounds: [0.001, 0.0005,", ["params.yaml > scale.grade_bounds", "must rise", "0.0005 follows 0.001"]),
        ("params.yaml", "0.10, 0.30]   # PD", "0.10, 0.10]   # PD", ["scale.grade_bounds", "0.1 follows 0.1"]),
        ("params.yaml", "0.10, 0.30]   # PD", "0.10, 1.0]   # PD", ["scale.grade_bounds", "below 1, not 1"]),
        ("params.yaml", "0.10, 0.30]   # PD", "0.10, .nan]   # PD", ["scale.grade_bounds.8", "finite", "nan"]),
        ("params.yaml", "0.10, 0.30]   # PD", "0.10]   # PD", ["10 values for 9 grades", "rate > terms_by_grade", "scale > grade_bounds"]),
        ("portfolios/demo.yaml", "preset: irb_90dpd", "preset: irb", ["default.preset", "irb_90dpd"]),
        ("portfolios/demo.yaml", 'complete_until: "2025-12-31"', "complete_until: soon", ["complete_until", "soon"]),
        ("portfolios/demo.yaml", "seed: 7", "sed: 7", ["Unknown key 'sed'", "seed"]),
    ],
)  # fmt: skip
def test_a_wrong_value_names_file_key_and_legal_values(
    project: Path, file: str, old: str, new: str, said: list[str]
) -> None:
    replace(project / "configs" / file, old, new)
    with pytest.raises(ConfigError) as caught:
        load()
    message = str(caught.value)
    assert file in message
    for words in said:
        assert any(word in message for word in words.split("|")), message


def test_a_config_that_is_not_yaml_says_where(project: Path) -> None:
    (project / paths.GATES).write_text("PD-D1: [", encoding="utf-8")
    with pytest.raises(ConfigError, match="not YAML") as caught:
        load_gates()
    assert "configs/gates.yaml" in str(caught.value)


def test_a_bare_date_is_refused_before_dvc_chokes_on_it(project: Path) -> None:
    path = project / paths.PORTFOLIOS / "demo.yaml"
    replace(path, 'complete_until: "2025-12-31"', "complete_until: 2025-12-31")
    with pytest.raises(ConfigError, match="not in quotes") as caught:
        load()
    assert "demo.yaml > complete_until" in str(caught.value)
    assert '"2025-12-31"' in caught.value.next_step


def test_a_waiver_needs_a_gate_and_a_reason_and_changes_nothing_else(project: Path) -> None:
    gates = load_gates(load_portfolio("ibm_ar").waivers)
    assert not gates["PD-C1"].blocks
    assert "May 2013" in str(gates["PD-C1"].waiver)
    assert {code for code, gate in gates.items() if gate.waiver} == {"PD-C1"}
    assert load_gates()["PD-C1"].blocks
    replace(project / paths.PORTFOLIOS / "ibm_ar.yaml", "  PD-C1:", "  PD-C9:")
    with pytest.raises(ConfigError, match="Unknown gate 'PD-C9'"):
        load_gates(load_portfolio("ibm_ar").waivers)


def test_run_from_the_wrong_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="absent"):
        read_yaml(paths.PARAMS)


def test_choosing_keeps_every_comment() -> None:
    text = (ROOT / paths.PARAMS).read_text(encoding="utf-8")
    changed = chosen(text, "american")
    assert changed.count("american") == text.count("american") + 1
    assert chosen(changed, "demo") == chosen(text, "demo")
    with pytest.raises(ConfigError, match="no `portfolio:` line"):
        chosen("engine: {}", "demo")


@pytest.mark.parametrize("name", ["my-firm", "../demo", "Demo", "", "demo.yaml", "/etc/passwd", "demo x"])  # fmt: skip
def test_a_name_that_is_none_is_refused_before_anything_is_written(
    project: Path, name: str
) -> None:
    shutil.copy(paths.PORTFOLIOS / "demo.yaml", paths.PORTFOLIOS / "my-firm.yaml")
    before = paths.PARAMS.read_bytes()
    with pytest.raises(ConfigError, match="no name of a portfolio") as caught:
        choose(name)
    assert "configs/params.yaml > portfolio" in str(caught.value)
    assert paths.PARAMS.read_bytes() == before
    assert project.exists()


@pytest.mark.parametrize(
    "written", ["my-firm", '"my firm"', "'x'", "my-firm   # note", "", "# none"]
)
def test_choosing_replaces_the_whole_value(written: str) -> None:
    text = f"# head\nportfolio: {written}\nengine: {{engine: duckdb}}  # where\n"
    changed = chosen(text, "demo")
    assert changed.startswith("# head\nportfolio: demo")
    assert changed.endswith("\nengine: {engine: duckdb}  # where\n")
    assert ("# note" in changed) == ("# note" in written)


def test_a_name_that_yaml_would_read_otherwise_is_written_in_quotes() -> None:
    assert chosen("portfolio: demo  # which\n", "no") == "portfolio: 'no'  # which\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nportfolio: demo\nportfolio: american\n", ["'portfolio' is given twice", "lines 2 and 3"]),
        ("rate:\n  lgd: 0.4\n  lgd: 0.9\n", ["'lgd' is given twice", "lines 2 and 3"]),
        ("rate: {lgd: 0.4, lgd: 0.4}\n", ["'lgd' is given twice"]),
        ("train: {max_rounds: 010}\n", ["two ways", "line 1", "010"]),
        ("train: {max_rounds: 1:30}\n", ["two ways", "1:30"]),
        ("train: {max_rounds: 1_000}\n", ["two ways", "1_000"]),
        ("rate: {allowed_loss: 5.000}\n", ["two ways", "5.000", "Write 5000", "else 5.0"]),
        ("rate: {starter_limit: 12.500}\n", ["two ways", "Write 12500", "else 12.5"]),
    ],
)  # fmt: skip
def test_yaml_that_can_be_read_in_two_ways(project: Path, text: str, said: list[str]) -> None:
    (project / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_yaml(Path("x.yaml"))
    assert all(words in str(caught.value) for words in ["x.yaml", *said]), str(caught.value)


def test_an_extract_is_not_complete_for_a_day_to_come(project: Path) -> None:
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011
    path = project / paths.PORTFOLIOS / "ibm_ar.yaml"
    until = load_portfolio("ibm_ar").complete_until
    replace(path, f'complete_until: "{until}"', f'complete_until: "{tomorrow}"')
    with pytest.raises(ConfigError, match=f"after today, {date.today()}") as caught:  # noqa: DTZ011
        load_portfolio("ibm_ar")
    assert str(tomorrow) in str(caught.value)
    replace(path, f'complete_until: "{tomorrow}"', f'complete_until: "{date.today()}"')  # noqa: DTZ011
    assert load_portfolio("ibm_ar").title


def test_the_balance_that_the_comment_shows_is_read(project: Path) -> None:
    """`on` is a key there, and YAML 1.1 reads a bare one as true."""
    path = project / paths.PORTFOLIOS / "demo.yaml"
    shown = re.search(r"balances: \[\] +# .*?(\{.+?\})", path.read_text(encoding="utf-8"))
    assert shown
    replace(path, "balances: []", f"balances: [{shown[1]}]")
    (stated,) = load_portfolio("demo").balances
    assert (stated.on, stated.currency) == (date(2025, 12, 31), "EUR")
    assert str(stated.open_balance) == "1234567.89"


def test_the_environment_moves_the_data_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONITAS_REAL_DATA", "elsewhere")
    source = load_portfolio("american").source
    assert source.kind == "files"
    assert source.folder == "elsewhere"
    assert project.exists()


def test_a_stage_exits_with_2_and_no_traceback(project: Path) -> None:
    replace(project / paths.PARAMS, "portfolio: demo", "portfolio: demi")
    run = [sys.executable, "-m", "pipelines", "split"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        run, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Unknown portfolio 'demi'" in done.stderr
    assert "Traceback" not in done.stderr
    debug = subprocess.run(
        [*run, "--debug"], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" in debug.stderr or "ConfigError" in debug.stderr
    assert debug.returncode != 0


def test_rooms_come_from_src() -> None:
    assert intruders() == []


def test_an_intruding_package_is_named(tmp_path: Path) -> None:
    """A distribution with a top-level `models` already imported from elsewhere stops the import."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("", encoding="utf-8")
    program = "import models, pipelines"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"models is imported from {tmp_path / 'models' / '__init__.py'}" in done.stderr


@pytest.mark.parametrize("slip", ["BONITAS_REGISTY", "BONITAS_REGISTRIES", "bonitas_registry", "BONITASREGISTRY"])  # fmt: skip
def test_a_registry_is_not_passed_over_because_its_variable_is_misspelt(
    project: Path, monkeypatch: pytest.MonkeyPatch, slip: str
) -> None:
    monkeypatch.delenv("BONITAS_REGISTRY", raising=False)
    monkeypatch.setenv(slip, "postgresql://me:hidden@db/mlflow")
    with pytest.raises(ConfigError) as caught:
        registry_uri(load())
    assert f"BONITAS_REGISTRY is not set, and {slip} is" in str(caught.value)
    assert "hidden" not in str(caught.value)
    monkeypatch.setenv("BONITAS_REGISTRY", "sqlite:///elsewhere.db")
    assert registry_uri(load()) == "sqlite:///elsewhere.db"
    assert project.exists()


def test_variables_with_other_names_are_nobodys_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BONITAS_REGISTRY", raising=False)
    for other in ("BONITAS_STUDIES", "BONITAS_REGISTRY_2", "OTHER_REGISTRY", "REGISTRY"):
        monkeypatch.setenv(other, "x")
    assert from_environment("BONITAS_REGISTRY", "here") is None
