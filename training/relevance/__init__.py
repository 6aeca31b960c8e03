"""The recipe of the relevance model: does this text answer the question, is it on the topic?"""
