"""`dvc plots diff` of runs as one page that opens without network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import vl_convert

from contracts.errors import ConfigError
from contracts.files import read_text, write_text
from pipelines import paths

FROM_NETWORK = re.compile(r'<script src="https?://[^"]*"></script>\s*')
"""How DVC's page asks for Vega."""

GLOBAL = "window.vegaEmbed = vegaEmbed;"
"""What the page's other scripts call."""


def plots(revisions: list[str]) -> str:
    """Draws the curves of runs beside each other, by DVC, and puts the library that draws them into the page.

    Raises:
        ConfigError: DVC cannot draw them; it says why.
    """
    folder = paths.COMPARED_PLOTS
    command = [sys.executable, "-m", "dvc", "plots", "diff", *revisions, "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command line
    page = folder / "index.html"
    if done.returncode != 0 or not page.is_file():
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ConfigError(
            "DVC cannot draw these runs.",
            where="dvc plots diff",
            value=lines[-1] if lines else None,
            next_step="Name revisions or experiments whose `evaluate` has run (`dvc exp show`); with none named, HEAD is compared with the folder.",
        )
    write_text(page, offline(read_text(page)))
    return str(Path(page))


def offline(html: str) -> str:
    """DVC's page with the scripts that it asks the network for in the page itself.

    >>> page = offline('<head><script src="https://cdn.example/vega@5"></script></head>')
    >>> "https://cdn" in page, "vegaEmbed" in page, page.endswith("</script></head>")
    (False, True, True)
    """
    bundle = f"<script>(function () {{{vl_convert.javascript_bundle(GLOBAL)}}})();</script>"
    bare = FROM_NETWORK.sub("", html)
    return bare.replace("</head>", f"{bundle}</head>", 1)
