{ place: "extra/d.libsonnet" }
