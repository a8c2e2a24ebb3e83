{ place: "vendor/e.libsonnet" }
