"""Whether a sentence is supported by what it cites: rules, a trained judge, and both together."""
