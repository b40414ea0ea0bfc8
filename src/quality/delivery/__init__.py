"""A delivery put before the rules: what is valid, what is set aside, what was repaired, and what it means."""
