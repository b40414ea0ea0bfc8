"""The gates a version was registered with, as its signature vouches for them."""

from __future__ import annotations

import json
from pathlib import Path

from contracts.errors import RegistryError
from contracts.scratch import scratch
from models.registry.purged import is_purged
from models.registry.registry import Registry
from models.registry.seal import sha256
from models.registry.shelf import EVIDENCE
from models.registry.tracking import EVIDENCE_FILE, quiet

WAIVED = "waived"


def gates_of(registry: Registry, number: str) -> dict[str, str]:
    """Outcome by code, `waived` where a failed gate was; none of a version that was registered before its gates were kept, or whose run is gone.

    Raises:
        RegistryError: the file is not the one that was signed.
    """
    held = registry.client.get_model_version(registry.name, number)
    if EVIDENCE not in held.tags or held.run_id is None:
        return {}
    if is_purged(registry.client, str(held.run_id)):
        return {}
    with scratch() as folder, quiet(), registry.at_home():
        file = registry.client.download_artifacts(str(held.run_id), EVIDENCE_FILE, str(folder))
        content = Path(file).read_bytes()
    if sha256(content) != held.tags[EVIDENCE]:
        raise RegistryError(
            f"The evidence of version {number} of '{registry.portfolio}' is not what was signed.",
            where=f"{registry.name}, {EVIDENCE_FILE}",
            next_step="Restore the file from a backup of the registry's artifacts, or register the model anew.",
        )
    gates = json.loads(content.decode("utf-8"))["gates"]
    return {str(one["code"]): WAIVED if one.get("waiver") else str(one["outcome"]) for one in gates}
