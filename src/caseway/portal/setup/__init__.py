"""The set-up screens: connections and their routes, mappings, API clients, people."""
