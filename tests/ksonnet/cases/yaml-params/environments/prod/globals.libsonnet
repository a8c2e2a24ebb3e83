{ region: "north" }
