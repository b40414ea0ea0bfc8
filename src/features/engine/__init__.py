"""Where relational work runs: DuckDB or Spark, in blocks of customers."""
