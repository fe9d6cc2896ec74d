"""Papers: templates filled with facts, printed as docx and PDF, kept by the hash of their bytes."""
