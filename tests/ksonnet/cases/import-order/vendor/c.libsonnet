{ place: "vendor/c.libsonnet" }
