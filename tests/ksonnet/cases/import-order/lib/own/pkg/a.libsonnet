{ place: "lib/own/pkg/a.libsonnet" }
