"""Who is told: subscriptions, messages, the outbox that owes them, and the ways they go out."""
