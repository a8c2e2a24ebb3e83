{ global: {}, components: { flow: { image: + "flow:7" } } }
