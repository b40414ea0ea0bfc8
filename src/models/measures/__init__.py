"""How good a set of PDs is: discrimination, calibration, stability, each with its interval."""
