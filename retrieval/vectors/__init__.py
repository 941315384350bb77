"""Where vectors are kept and searched. The only folder that knows Chroma; everything in it can be rebuilt."""
