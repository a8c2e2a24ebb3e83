{ place: "environments/prod/d.libsonnet" }
