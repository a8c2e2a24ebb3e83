"""kuplet: a declarative pipeline compiler for machine-learning systems on Kubernetes."""
