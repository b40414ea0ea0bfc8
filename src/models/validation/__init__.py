"""The validation pack: every figure with its interval, tests, grades, segments, findings (`reports/validation_model.json`)."""
