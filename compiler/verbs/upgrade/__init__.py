"""Turns an app of ksonnet into an app of kuplet that compiles to the same objects."""
