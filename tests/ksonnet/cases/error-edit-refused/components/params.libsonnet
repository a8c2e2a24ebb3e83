local names = ["cm"];
{
  global: {},
  components: {
    [name]: { name: name, size: 1 }
    for name in names
  },
}
