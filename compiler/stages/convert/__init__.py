"""Rewrites objects in API versions that Kubernetes removed, where that is mechanical."""
