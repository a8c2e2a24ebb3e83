{ team: 'front' }
