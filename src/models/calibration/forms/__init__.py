"""One calibrator a file: its form, its fit, and what it is called. Found by listing this folder."""
