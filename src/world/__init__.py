"""A trade-credit world with planted truth: the demo portfolio, and the benchmark of everything else."""
