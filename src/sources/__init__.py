"""A portfolio's extract, files or a database, to raw tables: one SELECT each."""
