"""One file per gate: `GATE = Gate(code=..., looks_at=..., judge=..., threshold=...)`."""
