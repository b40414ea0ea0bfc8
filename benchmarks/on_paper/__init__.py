"""A customer worked out on paper from what was delivered; see `__main__`. Imports nothing of the project."""
