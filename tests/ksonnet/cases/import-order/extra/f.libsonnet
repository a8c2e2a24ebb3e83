{ place: "extra/f.libsonnet" }
