"""Memory, profile, request, ranking, explanation, the language model and the Recommender over all of them."""
