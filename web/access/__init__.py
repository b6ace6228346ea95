"""Access: who is asking, what they may do, and that nobody else can make them do it."""
