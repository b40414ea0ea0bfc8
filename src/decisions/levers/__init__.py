"""What a credit controller can ask a customer for, and what each would do to its score."""
