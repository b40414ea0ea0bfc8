"""Documents: every JSON file that crosses a room or reaches disk, as a typed, frozen, versioned model."""
