"""The fit of one run: boosters that pay, averaged, and the scorecard."""
