"""What was known of a customer on the day of decision: position, trading history, terms, statements."""
