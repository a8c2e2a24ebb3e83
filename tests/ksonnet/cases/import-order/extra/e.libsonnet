{ place: "extra/e.libsonnet" }
