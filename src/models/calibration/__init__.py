"""From margin to PD: calibrators, and the choice between them."""
