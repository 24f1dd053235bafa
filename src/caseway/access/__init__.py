"""Who may do what: organisations, people and roles, API clients, the fence, the audit trail."""
