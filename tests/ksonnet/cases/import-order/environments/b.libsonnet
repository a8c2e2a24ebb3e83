{ place: "environments/b.libsonnet" }
