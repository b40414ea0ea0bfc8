"""Rules of how a house keeps its ledger: what many rows together say, and no row alone."""
