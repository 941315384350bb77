"""Where vectors are kept and searched.

The only folder that knows Chroma. Everything in it can be rebuilt: it must not hold what SQL does not also have.
"""
