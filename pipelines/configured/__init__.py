"""What the config files ask for: read in one way only, every key of them written, and put back into their own words."""
