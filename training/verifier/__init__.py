"""The recipe of the verifier: prepare, train, export, calibrate, evaluate; one command a step."""
