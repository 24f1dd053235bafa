"""What is owed to others: routes, deliveries, steps, attempts, receipts, and the engine that drives them."""
