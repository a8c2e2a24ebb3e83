{ place: "vendor/d.libsonnet" }
