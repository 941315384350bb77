"""What is learned from what people chose: co-visitation, factor and sequence towers, affinities, trends.

Knows ids, matrices and networks. Must not know texts, prompts, files of a team or any database.
"""
