"""The SELECTs that turn a portfolio's columns into the raw contract."""
