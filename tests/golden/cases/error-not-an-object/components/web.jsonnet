{ deployment: 'web' }
