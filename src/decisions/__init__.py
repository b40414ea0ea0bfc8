"""PD to score, grade, limit, terms, expected loss and receivables; and the reports people read."""
