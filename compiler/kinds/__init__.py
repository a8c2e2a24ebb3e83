"""What is known of Kubernetes kinds: a row a kind."""
