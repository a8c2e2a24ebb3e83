{ place: "environments/e.libsonnet" }
