(import "base.libsonnet") + { cm +: { data +: { b: "main", c: "main" } } }
