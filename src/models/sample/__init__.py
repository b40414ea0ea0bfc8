"""Which observation is used for what: split, time-ordered folds, days that do not overlap."""
