"""Reads and renders apps of ksonnet as they are; its files are never changed."""
