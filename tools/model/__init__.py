"""Fine-tuning of the sentence encoder, in an environment of its own (`make model DATA=DIR`)."""
