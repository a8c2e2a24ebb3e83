{ global: {}, components: { all: {} } }
