"""The ledger as changes of amounts on days, in exact money."""
