{ place: "environments/g.libsonnet" }
