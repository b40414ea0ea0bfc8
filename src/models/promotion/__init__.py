"""A challenger against the champion: on rows that neither has learned, in reasons, and what follows from it."""
