"""LightGBM as data: boosters, encoded rows, contributions."""
