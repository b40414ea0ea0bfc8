"""Templates, compiled once and kept beside their source, as Python keeps its own modules. Safe to delete: it is written anew."""

from __future__ import annotations

import hashlib
import marshal
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache

from contracts.files import whole_file

_OPTIONS = ("autoescape", "trim_blocks", "lstrip_blocks", "keep_trailing_newline", "optimized")
"""What else of an environment decides how a template is compiled."""


class Compiled(BytecodeCache):
    """Compiled templates in a folder; one of other text, options, or by another Python or Jinja is another file.

    Compiling that of a customer's page takes 0.15 CPU-s, reading it back 0.006.

    No template may filter a constant: what the filter says today would be compiled in (a test looks).

    Args:
        folder: made where absent. One that cannot be written to costs time, nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Puts in what was kept, if it is whole."""
        with suppress(OSError, EOFError, ValueError, TypeError):
            kept = self._path(bucket).read_bytes()
            head, body = kept[:32], kept[32:]
            if head == hashlib.sha256(body).digest():
                code = marshal.loads(body)  # noqa: S302 - our own file, as trusted as the modules compiled beside it
                bucket.code = code if isinstance(code, CodeType) else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps it, and drops what was kept of the template before."""
        if sys.dont_write_bytecode or bucket.code is None:
            return
        body, path = marshal.dumps(bucket.code), self._path(bucket)
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in self._folder.glob(f"{bucket.key}.{sys.implementation.cache_tag}-*.pyc"):
                old.unlink(missing_ok=True)
            with whole_file(path) as partial:
                partial.write_bytes(hashlib.sha256(body).digest() + body)

    def _path(self, bucket: Bucket) -> Path:
        made_by = [
            f"jinja2 {version('jinja2')}",
            *(getattr(bucket.environment, one) for one in _OPTIONS),
        ]
        of = hashlib.sha256(f"{bucket.checksum} {made_by}".encode()).hexdigest()[:16]
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}-{of}.pyc"
