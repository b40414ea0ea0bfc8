"""What is known of a customer on a day of decision, one relation per source: the numbers features are made of."""
