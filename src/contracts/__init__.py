"""The floor: tables, typed configs, scale, files, errors. Imports nothing of ours."""
