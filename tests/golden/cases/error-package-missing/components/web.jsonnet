import 'ml/core/all.libsonnet'
