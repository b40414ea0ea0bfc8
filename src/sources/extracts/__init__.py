"""Files of an extract: CSV, Parquet, JSON lines, Excel; once or as dated drops."""
