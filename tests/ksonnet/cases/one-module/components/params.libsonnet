{
  global: {
    team: 'till',
  },
  components: {
    web: {
      image: 'web:1',
      name: 'web',
      replicas: 1,
    },
    bag: {
      name: 'bag',
    },
  },
}
