"""The controllers that can run in the sandbox: one module each, all data."""
