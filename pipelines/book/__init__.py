"""The customers of today's book, as several stages and errands read them."""
