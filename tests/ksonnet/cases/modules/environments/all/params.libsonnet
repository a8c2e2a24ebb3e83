local params = std.extVar("__ksonnet/params");
params {
  components +: {
    "app.sub.cm" +: { size: 2 },
    "app2.cm" +: { size: 3 },
    "app.sub.text" +: { data: { gone: null, added: "in prod" } },
  },
}
