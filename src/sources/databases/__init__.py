"""Databases as sources: PostgreSQL, SQLite, DuckDB files."""
