"""The champion against the newest cohorts: monitoring and recalibration."""
