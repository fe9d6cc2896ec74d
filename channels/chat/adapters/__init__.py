"""The chat's own call to its library: Rasa over HTTP, and its process beside the backend."""
