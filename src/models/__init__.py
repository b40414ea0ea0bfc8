"""Features to PD: split, training, calibration, validation, explanation, bundle, registry, upkeep."""
