{
  global: {},
  components: {
    array: {},
    empty: {},
    hidden: {},
    list: {},
    object: {},
    typed: {},
  },
}
