{ place: "environments/d.libsonnet" }
