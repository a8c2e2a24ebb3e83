{
  global: {},
  components: {
    cm: {},
  },
}
