{
  global: { tier: "app2" },
  components: { cm: { name: "app2-cm", size: 1 } },
}
