"""The Jsonnet engines, behind one function."""
