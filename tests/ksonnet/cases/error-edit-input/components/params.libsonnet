{
  global: {},
  components: {
    cm: { name: "cm" },
  },
}
