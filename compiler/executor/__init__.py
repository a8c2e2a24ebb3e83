"""Carries out plans, over a port: nothing here knows how a cluster is reached."""
