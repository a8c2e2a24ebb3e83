"""One module a verb: what kuplet does, for the command line and for whoever imports it."""
