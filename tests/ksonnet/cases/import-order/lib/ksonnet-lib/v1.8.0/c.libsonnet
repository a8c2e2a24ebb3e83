{ place: "lib/ksonnet-lib/v1.8.0/c.libsonnet" }
