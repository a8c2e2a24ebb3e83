{ place: "extra/g.libsonnet" }
