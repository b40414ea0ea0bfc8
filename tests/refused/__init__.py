"""Wrong inputs by where they are met, beside those of `tests.refusals`; together they are docs/reference/errors.md."""
