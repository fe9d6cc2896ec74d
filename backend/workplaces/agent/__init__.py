"""The agent's desk: who rings, the conversation, the answer, the facts, what is done about it."""
