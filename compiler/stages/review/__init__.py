"""What a change causes: one module a family of rules, from values to findings."""
