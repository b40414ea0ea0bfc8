"""PD to score, grade, limit, terms, action, expected loss and receivables."""
