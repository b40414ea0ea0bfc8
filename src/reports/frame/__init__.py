"""The frame of every page: layout, colours, numbers, charts, tables."""
