"""The two formats of an app, kuplet's and ksonnet's: their files, and how these are edited."""
