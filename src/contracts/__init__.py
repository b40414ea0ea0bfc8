"""The floor: tables, named rules, typed configs, errors. Imports nothing of ours."""
