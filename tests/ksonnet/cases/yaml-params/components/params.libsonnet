{
  global: { team: "all" },
  components: { cm: { data: { a: "param", b: "param" } } },
}
