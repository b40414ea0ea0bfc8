"""Which project is meant: the folder that holds `configs/params.yaml`."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import ConfigError
from pipelines import IS_CHECKOUT, ROOT, paths


def project_folder(given: str | Path | None) -> Path:
    """The project's folder, in full.

    Args:
        given: the folder; where missing, the working directory or the nearest one above it that is a project, else the
            project whose code this is.

    Raises:
        ConfigError: there is none.
    """
    here = Path.cwd()
    tried = [here, *here.parents, *([ROOT] if IS_CHECKOUT else [])]
    folders = tried if given is None else [Path(given).absolute()]
    found = next((one for one in folders if (one / paths.PARAMS).is_file()), None)
    if found is None:
        raise ConfigError(
            "This folder is no project of Bonitas: it holds no configs/params.yaml."
            if given is not None
            else "Neither this folder nor one above it is a project of Bonitas: none holds configs/params.yaml.",
            where="Portfolio(folder=...)",
            value=str(folders[0]),
            next_step='Name the project\'s folder: Portfolio("demo", folder="...").',
        )
    return found
