"""Tables by contract: raw tables a portfolio delivers, derived tables that stages hand to each other."""
