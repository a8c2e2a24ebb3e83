{ place: "environments/prod/c.libsonnet" }
