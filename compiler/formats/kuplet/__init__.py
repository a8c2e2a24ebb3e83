"""The files of an app: reading them with positions, and editing them without losing a comment."""
