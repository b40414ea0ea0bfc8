"""Books of houses that book in their own way, each built with its truth: `python -m benchmarks.houses`."""
