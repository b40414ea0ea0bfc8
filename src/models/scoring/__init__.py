"""A file of customers in, what a registered version says of each out: in blocks, so that its size does not matter."""
