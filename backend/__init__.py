"""The backend behind every channel; the tree is the diagram."""
