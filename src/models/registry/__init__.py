"""Signed versions in MLflow: the bundle, its card, and who is champion."""
