{ place: "environments/prod/e.libsonnet" }
