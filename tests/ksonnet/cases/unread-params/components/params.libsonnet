{ global: {}, components: { flow: { image: "flow:7", optional: "null", imgae: "flow:8" } } }
