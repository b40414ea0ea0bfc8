"""One file per DVC stage: read by contract, call one room, write by contract. No formula lives here.

An editable install puts `src` last on the import path, so another distribution's top-level `models`
could win silently. This package looks where the rooms really come from and names an intruder.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import resource
import shutil
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
IS_CHECKOUT = (SRC / "contracts").is_dir()
"""Otherwise this is an installed wheel, in which all rooms lie within the package `bonitas`: nobody can stand before them."""
ROOMS = ("contracts", "sources", "quality", "world", "features", "models", "decisions", "reports")

if IS_CHECKOUT:
    sys.path.insert(0, str(SRC))

# Read once, when OpenMP is loaded. Waiting threads that spin make LightGBM seven times slower on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# The same of linear algebra: no matrix here is more than a few columns wide, and two threads of it took three times the processor
# seconds of one and were no sooner done.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Reference counts free nearly everything. Looking for cycles again and again among the objects that the libraries bring
# takes a fifth of the CPU of an Ibis query and an eighth of a stage's imports; so it is done, but rarely.
gc.set_threshold(50_000, 20, 50)
# Credit data is confidential: no library may report its use. Here, because MLflow decides while it is imported.
for variable in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "DVC_NO_ANALYTICS"):
    os.environ.setdefault(variable, "true")

COMPILED = 64 << 20
"""Bytes of room below which no compiled module is written: Python (gh-126606) keeps one that was cut, and fails to read it ever after."""
with suppress(OSError):
    _most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if shutil.disk_usage(ROOT).free < COMPILED or 0 <= _most < COMPILED:
        sys.dont_write_bytecode = True


def intruders(rooms: tuple[str, ...] = ROOMS, src: Path = SRC) -> list[str]:
    """Where each room that is not imported from `src` comes from; empty when all is well."""
    found = []
    for room in rooms:
        spec = importlib.util.find_spec(room)
        origin = spec.origin if spec is not None else None
        if origin is None or not Path(origin).resolve().is_relative_to(src.resolve()):
            found.append(f"{room} is imported from {origin or 'nowhere'}, not from {src / room}")
    return found


if IS_CHECKOUT and (_found := intruders()):
    raise ImportError("; ".join(_found) + ". Remove the other package or rename it.")
