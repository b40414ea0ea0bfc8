"""Kinds of sources, each one declaration in one file."""
