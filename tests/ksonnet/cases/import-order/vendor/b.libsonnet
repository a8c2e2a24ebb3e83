{ place: "vendor/b.libsonnet" }
