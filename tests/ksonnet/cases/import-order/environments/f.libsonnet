{ place: "environments/f.libsonnet" }
