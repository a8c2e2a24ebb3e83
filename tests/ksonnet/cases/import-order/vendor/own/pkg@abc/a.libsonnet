{ place: "vendor/own/pkg@abc/a.libsonnet" }
