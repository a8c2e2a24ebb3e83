{ place: "components/b.libsonnet" }
