{ place: "vendor/own/pkg/a.libsonnet" }
