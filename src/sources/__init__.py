"""A portfolio's extract to raw tables: files mapped by SELECT, then checked by the named rules."""
