"""The git program: the state of a checkout, and files as they are in a commit."""
