{ place: "vendor/own/pkg/h.libsonnet" }
