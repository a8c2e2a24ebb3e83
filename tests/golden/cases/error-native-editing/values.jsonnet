{ dat: {} }
