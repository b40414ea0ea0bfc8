"""Who is observed on which day, and who entered default within the horizon."""
