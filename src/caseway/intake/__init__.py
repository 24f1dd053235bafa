"""Where things arrive: one door, durable before it answers, the same answer for the same thing."""
