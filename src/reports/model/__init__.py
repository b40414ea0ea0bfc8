"""The model validation as a committee reads it: page and sheets."""
