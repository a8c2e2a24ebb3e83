{ place: "extra/c.libsonnet" }
