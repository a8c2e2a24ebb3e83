{ place: "lib/c.libsonnet" }
