(import "base.libsonnet") + { "mc" +: { data: {} } }
