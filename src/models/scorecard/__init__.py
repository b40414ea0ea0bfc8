"""The WOE scorecard fitted beside every booster."""
