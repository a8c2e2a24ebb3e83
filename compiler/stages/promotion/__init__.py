"""What may go from one environment to another, and what that changes."""
