(import "base.libsonnet") + {}
