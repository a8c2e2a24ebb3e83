"""Draws a review as one HTML page: a module for each part of it, and its style."""
