local params = import "../../components/params.libsonnet";
params {
  components +: { cm +: { name: "old" } },
}
