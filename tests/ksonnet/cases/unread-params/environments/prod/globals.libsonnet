{ zone: "a" }
