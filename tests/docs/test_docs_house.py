"""The pages about the house are true: links lead somewhere, folders exist, tables name what there is."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from contracts.tables.raw import RAW_TABLES
from models.measures.metrics import Measures
from models.registry.bundle import REQUIRED
from pipelines import ROOMS, ROOT, paths

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / folder / "README.md" for folder in ("data", "notebooks")),
    ]
)
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")
GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
DATA = (ROOT / "data/README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and most viewers make them; its code blocks left out."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def cells(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    below = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    table = re.search(r"^\|.*?(?=^[^|]|\Z)", below, flags=re.MULTILINE | re.DOTALL)
    assert table, heading
    rows = [line.strip("|").split("|") for line in table.group().strip().splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_link_leads_somewhere() -> None:
    """Also the anchor behind the #: a heading that is renamed takes its links along."""
    broken = []
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\((?!https?:)([^)\s]*)\)", text):
            file, _, anchor = link.partition("#")
            target = page.parent / file if file else page
            if not target.exists():
                broken.append(f"{page.name}: {link}")
            elif anchor and anchor not in anchors(target):
                broken.append(f"{page.name}: no heading for {link}")
    assert broken == []


def cited() -> dict[str, list[str]]:
    """By anchor of the glossary: the files that cite it."""
    found: dict[str, list[str]] = {}
    folders = ("src", "pipelines", "tests", "benchmarks", "configs", "docs")
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.*")):
        if path.suffix in {".py", ".md", ".yaml", ".sql", ".html"}:
            for anchor in re.findall(r"glossary\.md#([\w-]+)", path.read_text("utf-8")):
                found.setdefault(anchor, []).append(str(path.relative_to(ROOT)))
    return found


def test_every_cited_anchor_of_the_glossary_exists() -> None:
    assert {"default", "calibration", "validation", "score", "decisions"} <= set(cited())
    known = anchors(ROOT / "docs/glossary.md")
    assert {anchor: where for anchor, where in cited().items() if anchor not in known} == {}


def test_nothing_cites_a_page_that_no_reader_has() -> None:
    pattern = re.compile(r"\b(DOMAIN|DESIGN|STYLE)(\.md)?[ ,(]*section|\b(DOMAIN|DESIGN|STYLE)\.md")
    for folder in ("src", "pipelines", "benchmarks", "configs", "docs"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in {".py", ".md", ".yaml", ".sql"}:
                assert not pattern.search(path.read_text("utf-8")), path


def test_the_glossary_speaks_both_languages() -> None:
    words = cells(GLOSSARY, "Words")
    assert len(words) > 40
    for english, chinese, meaning in words:
        assert english.isascii()
        assert re.search(r"[\u4e00-\u9fff]", chinese), english
        assert meaning


@pytest.mark.parametrize("name", ["irb_90dpd", "dollars_late", "days_beyond_terms", "events_only"])
def test_every_preset_of_default_is_defined(name: str) -> None:
    assert f"`{name}`" in {row[0] for row in cells(GLOSSARY, "Default")}


def rooms_on_disk() -> set[str]:
    """Every room and sub-room, as `src/models/gates`."""
    found = {f"src/{room}" for room in (*ROOMS, "bonitas")}
    for room in ROOMS:
        found |= {
            f"src/{room}/{path.name}"
            for path in (ROOT / "src" / room).iterdir()
            if path.is_dir() and any(one.suffix != ".pyc" for one in path.iterdir())
        }
    return found


def test_the_architecture_names_every_room_and_sub_room() -> None:
    named = set(re.findall(r"src/\w+(?:/\w+)?(?![\w/.])", ARCHITECTURE))
    assert len(rooms_on_disk()) > 30
    assert rooms_on_disk() - named == set(), "name them in the table of docs/architecture.md"
    assert named - rooms_on_disk() == set(), "they are gone: take them out"


def test_every_folder_and_file_the_architecture_names_exists() -> None:
    places = re.findall(r"`((?:src|tests|configs|docs|benchmarks|notebooks)(?:/[\w./-]+)?)`", ARCHITECTURE)  # fmt: skip
    assert len(places) > 30
    assert [one for one in places if not (ROOT / one).exists()] == []


def outs(stage: str) -> set[str]:
    """What `dvc.yaml` says the stage writes."""
    listed = STAGES[stage].get("outs", []) + STAGES[stage].get("metrics", [])
    return {one if isinstance(one, str) else next(iter(one)) for one in listed}


def test_the_flow_is_that_of_dvc_yaml() -> None:
    rows = {row[0]: row[2] for row in cells(ARCHITECTURE, "The flow")}
    assert list(rows) == list(STAGES)
    for stage, writes in rows.items():
        for path in re.findall(r"`((?:data|reports)/[^`]+)`", writes):
            assert path in outs(stage), f"{stage} does not write {path}"


def test_the_raw_contract_is_the_contract() -> None:
    rows = {
        row[0].strip("`"): row[1].split(", ") for row in cells(ARCHITECTURE, "The raw contract")
    }
    assert rows == {name: list(table.grain) for name, table in RAW_TABLES.items()}


def test_the_stable_keys_are_those_written() -> None:
    keys = {row[0].strip("`"): row[1] for row in cells(ARCHITECTURE, "Files that other tools read")}
    for key in set(Measures.__slots__) - {"level"}:
        assert re.search(rf"\b{key}\b", keys["reports/metrics.json"]), key
    for name in REQUIRED:
        bundle = ARCHITECTURE.split("\n## The bundle is data\n")[1]
        assert f"`{name}`" in bundle or name == "model_card.md", name


def test_the_data_page_names_every_output_and_nothing_else() -> None:
    """Whatever a stage or a tool writes below `data/` has its line; what is gone loses it."""
    named = set(
        re.findall(r"`([\w/<>.]+)`", "".join(row[0] for row in cells(f"\n## A\n{DATA}", "A")))
    )
    written = {out.removeprefix("data/") for stage in STAGES for out in outs(stage)}
    written = {out for out in written if not out.startswith("reports/")}
    folders = {one.rstrip("/").rpartition("/")[0] for one in named} | {
        one.rstrip("/") for one in named
    }
    assert len(written) > 20
    assert {out for out in written if out not in folders} == set()
    places = {str(value.relative_to("data")) for value in vars(paths).values() if isinstance(value, Path) and value.parts[0] == "data"}  # fmt: skip
    assert {one for one in places if one not in folders} == set()
    places |= written
    stray = {
        one for one in named
        if not any(one.rstrip("/") == place or one.startswith(f"{place}/") for place in places)
    }  # fmt: skip
    assert stray == {"dirt/"}


def test_git_keeps_the_data_page_and_nothing_else_of_data(tmp_path: Path) -> None:
    """The folder must be there in a fresh clone, and nothing that DVC writes may get in."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    shutil.copy(ROOT / ".gitignore", tmp_path)
    for name in ("README.md", "raw/invoices.parquet", "model/booster.txt", "raw/README.md"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text("x")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout.split() == [".gitignore", "data/README.md"]


def test_make_clean_keeps_the_data_page(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("data/README.md", "data/raw/a.parquet", "data/.hidden", "reports/a.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    subprocess.run(["make", "-s", "clean"], cwd=tmp_path, check=True)
    left = sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file())
    assert left == ["Makefile", "data/README.md"]


def test_six_rules_bind_and_each_names_the_test_that_holds_it() -> None:
    section = CONTRIBUTING.split("\n## Six rules that bind\n")[1].split("\n## ")[0]
    rules = re.split(r"^\d\. ", section, flags=re.MULTILINE)[1:]
    assert len(rules) == 6
    for rule in rules:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", rule)
        assert tests, rule
        for file, name in tests:
            tree = ast.parse((ROOT / file).read_text("utf-8"))
            found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in found, f"{file}::{name}"


WRITTEN_BY_THE_READER = {
    "calibrator.md": {"src/models/calibration/forms/scaled.py"},
    "gate.md": {"src/models/gates/declared/calibration_error.py"},
    "page.md": {
        "src/reports/headline.py",
        "src/reports/templates/headline.html.j2",
        "src/reports/locale/zh/headline.po",
    },
    "source.md": {"src/sources/kinds/archive.py"},
}
"""By page of `docs/how-to`: the files of its example, which are not there before somebody follows it."""


def test_pages_name_only_what_exists() -> None:
    """Paths, make targets and modules in code font, on every page of the repository, but for the files a page has one write."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))  # fmt: skip
    missing = []
    for page in (ROOT / "CONTRIBUTING.md", ROOT / "docs/architecture.md", *(ROOT / "docs/how-to").glob("*.md")):  # fmt: skip
        text = page.read_text("utf-8")
        missing += [
            f"make {one}" for one in re.findall(r"`make ([a-z-]+)", text) if one not in targets
        ]
        for path in re.findall(r"`((?:src|pipelines|tests|docs|notebooks)/[\w./-]+)(?:::\w+)?`", text):  # fmt: skip
            if not (ROOT / path).exists():
                missing.append(f"{page.name}: {path}")
    examples = {f"{page}: {path}" for page, files in WRITTEN_BY_THE_READER.items() for path in files}  # fmt: skip
    assert set(missing) == examples
