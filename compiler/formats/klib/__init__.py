"""``k.libsonnet``: the library of builders for Kubernetes objects that ksonnet apps import."""
