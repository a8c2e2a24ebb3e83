"""Says whether the pods of an environment would find a place, before anything is submitted."""
