std.extVar("__ksonnet/components") + {}
