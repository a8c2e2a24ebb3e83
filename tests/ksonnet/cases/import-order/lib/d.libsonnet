{ place: "lib/d.libsonnet" }
