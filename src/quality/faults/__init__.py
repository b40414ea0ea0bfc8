"""Dirt on demand: named faults on a copy of any portfolio, each with the rule that should catch it."""
