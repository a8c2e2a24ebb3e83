"""Checks on files, parameters and objects; each returns all that it finds."""
