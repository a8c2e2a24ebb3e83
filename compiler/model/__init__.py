"""Domain types: frozen values without I/O, shared by every stage and adapter."""
