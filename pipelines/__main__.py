"""`python -m pipelines <command>`: what `bonitas` runs in the folder it is called from."""

from __future__ import annotations

from pipelines.launched import command

if __name__ == "__main__":
    command()
