"""What a person needs to know of single customers: the decision, and the records behind it."""
