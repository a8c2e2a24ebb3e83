"""Registries and packages of an app of either format: install, update, verify, remove."""
