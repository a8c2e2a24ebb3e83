"""Reviews a change of an app: both sides compiled, compared and judged."""
