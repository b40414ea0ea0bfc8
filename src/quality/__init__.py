"""Named rules, the checks of a delivery, quarantine and repairs; and the faults that exercise them."""
