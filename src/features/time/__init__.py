"""Facts in time: what was known strictly before a day of decision."""
