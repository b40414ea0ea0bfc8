"""What becomes visible: orders, settlement, statements, events, limits; the supplier's tables."""
