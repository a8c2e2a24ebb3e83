{
  global: {},
  components: {
    // Keys may be quoted, as prototypes with a dash in their name need.
    "hub-1": {
      name: "hub-1",
      image: "hub:1",
      cloud: "null",
      disks: "null",
    },
    "ml-app": {
      name: "ml-app",
    },
    serving: {
      name: "serving",
      numGpus: "1",
    },
  },
}
