{ place: "extra/own/pkg/h.libsonnet" }
