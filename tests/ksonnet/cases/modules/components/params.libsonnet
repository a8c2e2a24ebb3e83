{
  global: { tier: "root" },
  components: { cm: { name: "root-cm", size: 1 } },
}
