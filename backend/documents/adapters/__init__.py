"""Printers over their libraries, the directory of files, the template file."""
