# litdesk: `make demo` to try it, `make test` to test it, `make help` for the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LIBRARY := .litdesk
DATA ?=

.DEFAULT_GOAL := help
.PHONY: help demo install test check fix docs lock evals evals-baseline bench bench-questions bench-reviews bench-retrieval bench-speed bench-attacks bench-rules bench-abstention bench-verifier bench-model clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 18

demo: $(STAMP) ## set up, ingest the seed papers, open the chat page
	@$(BIN)/litdesk ingest seeds --library $(LIBRARY)
	@$(BIN)/litdesk ui --library $(LIBRARY)

install: $(STAMP) ## set up the virtual environment from the pinned lock

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "litdesk needs Python 3.11 or newer: install it, then run make again."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "litdesk needs Python 3.11 or newer, $(PYTHON) is older: name another with make PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check --progress-bar off -q -r requirements.lock
	$(BIN)/pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@

test: $(STAMP) ## run the whole test suite
	$(BIN)/pytest

check: $(STAMP) ## linters, type checks, layers, and the generated parts of the README
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pydoclint -q src app
	$(BIN)/cog --check -P README.md

fix: $(STAMP) ## repair what the linters can repair
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(STAMP) ## write the generated parts of the README again
	$(BIN)/cog -r -P README.md

lock: ## resolve the dependencies again (needs uv); CUDA packages are left out
	uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --no-header --no-annotate -q -o requirements.lock
	sed -i -E '/^(nvidia-|triton|cuda-)/d' requirements.lock

EVALS := $(LIBRARY)/evals
EVAL_RUN = env -u LITDESK_MODEL $(BIN)/litdesk eval run evals/cases/seeds-tune.jsonl \
	--library $(EVALS)/library -o $(EVALS)/run --judge rules --fresh

evals: $(STAMP) ## the tuning half of the seed cases with the quoting writer, compared with the committed baseline
	@$(BIN)/litdesk ingest seeds --library $(EVALS)/library
	@$(EVAL_RUN) --baseline evals/baselines/quoting.json

evals-baseline: $(STAMP) ## take the figures of the tuning half as the new baseline
	@$(BIN)/litdesk ingest seeds --library $(EVALS)/library
	@$(EVAL_RUN) --save-baseline evals/baselines/quoting.json

bench: bench-questions ## every benchmark that its data is there for
	@if [ -n "$(DATA)" ]; then $(MAKE) bench-retrieval bench-speed DATA=$(DATA); else echo "Retrieval and speed need SciFact: make bench DATA=FOLDER"; fi

bench-questions: $(STAMP) ## answers on the reporting half of the seed questions
	$(BIN)/python -m benchmarks.questions

bench-reviews: $(STAMP) ## reviews on the marked topics: recall, precision, proof, time
	$(BIN)/python -m benchmarks.reviews

bench-retrieval: $(STAMP) ## nDCG@10 and recall@100 on SciFact: DATA=FOLDER in BEIR layout
	$(BIN)/python -m benchmarks.retrieval $(DATA)

bench-attacks: $(STAMP) ## hostile abstracts and questions: DATA=FOLDER with text_attack_train.json of BIPIA
	$(BIN)/python -m benchmarks.attacks $(DATA)

bench-abstention: $(STAMP) ## what each threshold of abstaining answers, and how often rightly
	$(BIN)/python -m benchmarks.abstention

bench-verifier: $(STAMP) ## speed of the trained judge
	$(BIN)/python -m benchmarks.verifier

bench-model: $(STAMP) ## a chat model as writer beside a plain chain: MODEL=openai:NAME URL=http://…/v1
	$(BIN)/python -m benchmarks.model_writer --model $(MODEL) --base-url $(URL)

bench-rules: $(STAMP) ## what the rules verifier sees, by kind of error: DATA=FOLDER with SciFact
	$(BIN)/python -m benchmarks.rules $(DATA)

bench-speed: $(STAMP) ## ingest, opening, answers and start-up on SciFact: DATA=FOLDER
	$(BIN)/python -m benchmarks.speed $(DATA)

clean: ## remove the virtual environment, the demo's library and caches
	rm -rf $(VENV) $(LIBRARY) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
