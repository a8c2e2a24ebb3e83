"""The Kubernetes API, over the official client, which only this package imports."""
