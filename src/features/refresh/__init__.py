"""The matrix kept up to date: only what changed is computed."""
