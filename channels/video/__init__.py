"""The video door: a waiting place, a room of two, a line of text beside the picture."""
