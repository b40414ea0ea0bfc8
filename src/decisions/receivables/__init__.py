"""How fast the money comes in, and how old what is open has become."""
