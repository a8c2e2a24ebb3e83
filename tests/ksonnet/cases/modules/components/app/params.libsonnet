{
  global: { tier: "app" },
  components: { cm: { name: "app-cm", size: 1 } },
}
