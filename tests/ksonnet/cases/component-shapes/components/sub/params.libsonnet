{ global: {}, components: { other: {} } }
