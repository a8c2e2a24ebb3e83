"""Reads, renders and edits apps of ksonnet as they are."""
