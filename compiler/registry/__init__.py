"""Registries: where packages and their prototypes come from."""
