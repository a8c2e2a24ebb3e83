{ from: "more" }
