{ place: "extra/b.libsonnet" }
