"""Whether what pods ask for can ever be had, and whether it can be had now."""
