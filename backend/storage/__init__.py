"""SQLite and PostgreSQL behind one unit of work: engine, tables of the journal, migrations."""
