"""The catalogue, its files, vectors and index; candidates with evidence."""
