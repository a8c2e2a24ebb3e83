"""What kuplet needs to run apps that were written for ksonnet."""
