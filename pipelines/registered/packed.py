"""The promotion pack that a decision was made with: found where it lies, kept beside the version, named in the log by its digest."""

from __future__ import annotations

from contracts.documents.promotion import Promotion
from contracts.errors import ContractError
from contracts.files import read_text, write_text
from contracts.scratch import scratch
from models.registry.beside import Beside
from models.registry.promotion import PackOf
from models.registry.registry import Registry
from models.registry.rows import tags_of
from models.registry.seal import sha256
from models.registry.shelf import DIGEST
from pipelines import paths


def pack_of(registry: Registry) -> PackOf:
    """Finds the pack of a decision and keeps it: `promotion_against_<champion>.json` and `.html` in the reports beside the version."""

    def found(champion: str | None, number: str) -> str | None:
        if champion is None or not is_of(registry, champion, number):
            return None
        with scratch() as folder:
            files = []
            for path in (paths.PROMOTION_JSON, paths.PROMOTION_HTML):
                files.append(folder / f"promotion_against_{champion}{path.suffix}")
                write_text(files[-1], read_text(path))
            content = files[0].read_bytes()
            Beside(registry, number).add(files)
        return sha256(content)

    return found


def is_of(registry: Registry, champion: str, number: str) -> bool:
    """Whether the pack that lies here weighs these two versions, file by file the same; half a pack, which nobody can read, does not."""
    if not paths.PROMOTION_HTML.is_file():
        return False
    try:
        held = Promotion.read(paths.PROMOTION_JSON)
    except ContractError:  # there is none, or one of another release
        return False
    wanted = ((held.champion, champion), (held.challenger, number))
    return all(
        (one.number, one.digest) == (known, str(tags_of(registry, known).get(DIGEST)))
        for one, known in wanted
    )


def is_current(registry: Registry, champion: str, number: str) -> bool:
    """Whether it does, and was made after the book was rated last."""
    rated = paths.PORTFOLIO_JSON
    return is_of(registry, champion, number) and (
        not rated.is_file() or rated.stat().st_mtime <= paths.PROMOTION_JSON.stat().st_mtime
    )
