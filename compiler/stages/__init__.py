"""The stages of the compiler: each turns one domain value into the next, without I/O."""
