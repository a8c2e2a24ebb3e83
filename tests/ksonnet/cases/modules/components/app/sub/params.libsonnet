{
  global: { tier: "app-sub" },
  components: { cm: { name: "app-sub-cm", size: 1 } },
}
