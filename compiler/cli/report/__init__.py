"""Turns domain values into what people and programs read."""
