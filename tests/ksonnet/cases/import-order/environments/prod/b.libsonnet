{ place: "environments/prod/b.libsonnet" }
