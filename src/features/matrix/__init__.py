"""The matrix: one row per observation, one column per feature."""
