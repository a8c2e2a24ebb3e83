{ place: "environments/c.libsonnet" }
