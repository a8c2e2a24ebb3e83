{ place: "environments/prod/f.libsonnet" }
