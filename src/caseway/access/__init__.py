"""Who may do what: organisations, users and roles, API clients, the fence between organisations, the audit trail."""
