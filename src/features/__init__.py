"""Ledger and statements to what was knowable about a customer on a day."""
