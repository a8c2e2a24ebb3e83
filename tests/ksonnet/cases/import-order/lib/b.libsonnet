{ place: "lib/b.libsonnet" }
