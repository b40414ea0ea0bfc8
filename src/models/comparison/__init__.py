"""Two or more runs on the test rows they share: what changed, what it did, and how surely."""
