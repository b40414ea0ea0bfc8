"""Registered versions and other runs by their names: where they are kept, what they were made from, what was decided on them."""
