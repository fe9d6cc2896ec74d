"""The citizen's pages: my case by case code and phone code; no account."""
