"""A second bookkeeper: double entry in plain Python, written from the definitions alone, to compare the feature engine with."""
