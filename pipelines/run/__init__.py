"""What a run made, read back: its recipe, its models, and what it says of itself."""
