"""`python -m pipelines <command>`: what `bonitas` runs in the folder it is called from."""

from __future__ import annotations

from pipelines.cli import app

app(prog_name="bonitas")
