"""Why a score is what it is: points by feature, reasons in words."""
