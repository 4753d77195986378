# The commands of this repository. `make demo` and `make test` install all that they need.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := tap-moco tap-ulule tap-miimosa tap-micropledge target-miimosa-leads
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile --quiet \
	--universal --generate-hashes --upgrade --python-version
LOWEST_PYTHON := 3.10

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements/build.txt requirements/dev.txt $(PACKAGES:%=%/pyproject.toml)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/build.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes \
		-r requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation \
		$(PACKAGES:%=--editable ./%)
	$(BIN)/python -m compileall -q kit $(PACKAGES) sandbox demo simulation pipelines loaders plugins accounts deploy \
		reliability release report
	touch $@

.PHONY: install
install: $(VENV)/.installed ## Make the environment .venv with everything in it

.PHONY: demo
demo: .transform/.installed ## Fill a warehouse from the sandbox, deliver leads, make models; again: what is new
	@$(BIN)/python -W "ignore:XDG_RUNTIME_DIR" -m demo

DAYS ?= 14

.PHONY: simulate
simulate: install ## Let DAYS=14 days pass, load each, and compare every table with the world
	@$(BIN)/python -W "ignore:XDG_RUNTIME_DIR" -m simulation --days $(DAYS)

.PHONY: psql
psql: install ## Look into the warehouse that the demo filled; PORT=5433 for other tools, too
	@DEMO_PORT=$(PORT) $(BIN)/python -W "ignore:XDG_RUNTIME_DIR" -m demo psql

.PHONY: sandbox
sandbox: install ## Serve the four APIs on http://127.0.0.1:8717
	@$(BIN)/python -m sandbox serve --port 8717

# Loaders that pin older packages than the taps have environments of their own.
LOADERS := jsonl duckdb pipelinewise-postgres

.loaders/%/.installed: requirements/loader-%.txt $(VENV)/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .loaders/$*
	$(BIN)/uv pip install --quiet --python .loaders/$*/bin/python --compile-bytecode \
		--require-hashes --build-constraints requirements/build.txt -r $<
	touch $@

.PHONY: personal-data
personal-data: install ## List the fields that the taps mark as personal data
	@$(BIN)/python docs/personal_data.py

.PHONY: cost
cost: install ## Write docs/cost.md: what accounts of given sizes cost
	$(BIN)/python -W ignore -m docs.cost

.PHONY: loaders
loaders: $(LOADERS:%=.loaders/%/.installed) ## Load every stream with loaders of others, compare
	@$(BIN)/python -W "ignore:XDG_RUNTIME_DIR" -m loaders

# dbt, too, pins older packages than the taps.
.transform/.installed: requirements/transform.txt $(VENV)/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .transform
	$(BIN)/uv pip install --quiet --python .transform/bin/python --compile-bytecode \
		--require-hashes --build-constraints requirements/build.txt -r $<
	touch $@

# Dagster has its own dbt, and wants other versions than the taps.
.orchestrate/.installed: requirements/orchestrate.txt $(VENV)/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .orchestrate
	$(BIN)/uv pip install --quiet --python .orchestrate/bin/python --compile-bytecode \
		--require-hashes --build-constraints requirements/build.txt -r $<
	touch $@

.PHONY: orchestrate
orchestrate: .orchestrate/.installed ## Serve Dagster with the accounts of accounts.yml on http://127.0.0.1:3000
	$(BIN)/python -m accounts
	@# Makes Meltano's database: the first runs, at the same time, would get in each other's way.
	$(BIN)/meltano state list > /dev/null
	mkdir -p .orchestrate/home
	ln -sf ../../orchestrate/dagster.yaml .orchestrate/home/dagster.yaml
	PYTHONPATH=. .orchestrate/bin/python -m orchestrate.manifest
	PYTHONPATH=. DAGSTER_HOME=$(CURDIR)/.orchestrate/home \
		.orchestrate/bin/dagster dev --host 127.0.0.1 -m orchestrate.definitions

.PHONY: orchestrate-test
orchestrate-test: .orchestrate/.installed ## Let Dagster load accounts of the sandbox, and make their models
	$(BIN)/python -m pytest tests/orchestrate

.PHONY: staging
staging: install ## Make the staging models of transform/ from the JSON schemas of the taps
	@$(BIN)/python transform/describe.py

.PHONY: test
test: $(LOADERS:%=.loaders/%/.installed) .transform/.installed ## Run the tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder \
		--ignore=tests/orchestrate/test_dagster.py

KILLS := 500
TAP_KILLS := 100
MELTANO_KILLS := 20
FIGURES := reliability/figures
SEEDED = $(if $(SEED),--seed=$(SEED))

.PHONY: torture
torture: install ## Kill the target KILLS times on each journal, each tap TAP_KILLS times (long)
	rm -f $(FIGURES)/torture.jsonl
	$(BIN)/python -m pytest -n 3 --dist load tests/kills --kills=$(KILLS) $(SEEDED) \
		--tap-kills=$(TAP_KILLS) --meltano-kills=$(MELTANO_KILLS) \
		--figures=$(FIGURES)/torture.jsonl
	$(BIN)/python -m reliability

.PHONY: soak
soak: install ## Load a million records, and live a week of hourly runs with faults and signals (long)
	rm -f reliability/figures/soak.jsonl
	$(BIN)/python -W ignore -m reliability.million
	$(BIN)/python -W ignore -m reliability.week
	$(BIN)/python -m reliability

.PHONY: score
score: install ## Send every row of the hostile table to our taps and to the plain SDK tap
	$(BIN)/python -W ignore -m tests.faults.score
	$(BIN)/python -m reliability

.PHONY: mutations
mutations: install ## Take out each guard in a copy, and see that tests fail without it
	rm -f reliability/figures/mutations.jsonl
	$(BIN)/python -m tests.faults.mutate
	$(BIN)/python -m reliability

.PHONY: reliability
reliability: install ## Write docs/reliability.md from the figures of the commands above
	$(BIN)/python -m reliability

.PHONY: lint
lint: install ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd kit && ../$(BIN)/mypy --config-file ../pyproject.toml .
	for package in $(PACKAGES); do \
		(cd $$package && ../$(BIN)/mypy --config-file ../pyproject.toml .) || exit 1; done
	$(BIN)/mypy transform
	$(BIN)/mypy sandbox demo simulation pipelines loaders plugins accounts deploy orchestrate reliability \
		release report

.PHONY: format
format: install ## Format the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.audit/.installed: requirements/audit.txt $(VENV)/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .audit
	$(BIN)/uv pip install --quiet --python .audit/bin/python --compile-bytecode --require-hashes \
		--build-constraints requirements/build.txt -r $<
	touch $@

.PHONY: plugins
plugins: install ## Write the plugin definitions, meltano.yml and the READMEs' examples anew
	$(BIN)/python -m plugins

.PHONY: audit
audit: .audit/.installed ## List licences, a bill of materials and known vulnerabilities (online)
	.audit/bin/pip-licenses --python=$(BIN)/python --order=license --format=markdown \
		--output-file=.audit/licences.md
	.audit/bin/cyclonedx-py environment --output-reproducible -o .audit/bom.json \
		$(BIN)/python
	.audit/bin/pip-audit --disable-pip --requirement requirements/dev.txt

.deploy/.installed: requirements/deploy.txt $(VENV)/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .deploy
	$(BIN)/uv pip install --quiet --python .deploy/bin/python --compile-bytecode --require-hashes \
		--build-constraints requirements/build.txt -r $<
	touch $@

.PHONY: deploy-check
deploy-check: .deploy/.installed ## Check Dockerfile, compose file and Kubernetes manifests by their schemas
	.deploy/bin/hadolint deploy/Dockerfile
	.deploy/bin/python deploy/check_compose.py
	.deploy/bin/kubernetes-validate --strict --quiet \
		$(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml))

CONTAINERS ?= docker

.PHONY: image
image: ## Build the container image; CONTAINERS=podman or buildah, BASE=another base image
	$(CONTAINERS) build --file deploy/Dockerfile --tag connectors \
		$(if $(BASE),--build-arg BASE=$(BASE)) $(IMAGE_OPTIONS) .

.PHONY: image-try
image-try: ## Start each program in the image, with a root that cannot be written to (docker or podman)
	for program in meltano dbt tap-postgres target-postgres $(PACKAGES); do \
		$(CONTAINERS) run --rm --network none --read-only --tmpfs /tmp \
		--tmpfs /var/lib/connectors:uid=10001,gid=10001 --cap-drop ALL --entrypoint $$program \
		connectors --version || exit 1; done

.PHONY: release-check
release-check: install ## Build all packages, or that of TAG=tap-moco-v0.2.0, and try each alone (online)
	$(BIN)/python -m release $(TAG) $(DIST:%=--dist %)

# The oldest versions of what the packages ask for themselves; pytest and the sandbox stay as they are.
# Meltano cannot start beside them: it needs a newer typing-extensions. In a project it has an
# environment of its own.
.lowest/.installed: $(VENV)/.installed
	mkdir -p .lowest
	$(BIN)/uv pip compile --quiet --python $(BIN)/python --resolution lowest-direct \
		--extra postgres $(PACKAGES:%=%/pyproject.toml) --output-file .lowest/requirements.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .lowest/venv
	$(BIN)/uv pip install --quiet --python .lowest/venv/bin/python --compile-bytecode \
		--require-hashes -r requirements/dev.txt
	$(BIN)/uv pip install --quiet --python .lowest/venv/bin/python --compile-bytecode \
		-r .lowest/requirements.txt
	$(BIN)/uv pip install --quiet --python .lowest/venv/bin/python --no-deps --no-build-isolation \
		$(PACKAGES:%=--editable ./%)
	touch $@

.PHONY: test-lowest
test-lowest: .lowest/.installed ## Run the packages' tests with the oldest versions they allow (online)
	.lowest/venv/bin/python -m pytest -n 3 --dist loadfile tests/gate tests/kit tests/tap_* \
		tests/target_miimosa_leads --ignore tests/tap_moco/test_meltano.py

.PHONY: requirements
requirements: install ## Pin the newest versions again, with hashes
	$(COMPILE) $(LOWEST_PYTHON) requirements/build.in --output-file requirements/build.txt
	$(COMPILE) $(LOWEST_PYTHON) requirements/dev.in --output-file requirements/dev.txt
	$(COMPILE) $(LOWEST_PYTHON) requirements/audit.in --output-file requirements/audit.txt
	$(COMPILE) $(LOWEST_PYTHON) requirements/deploy.in --output-file requirements/deploy.txt
	$(COMPILE) $(LOWEST_PYTHON) requirements/transform.in --output-file requirements/transform.txt
	$(COMPILE) $(LOWEST_PYTHON) requirements/orchestrate.in --output-file requirements/orchestrate.txt
	for name in $(LOADERS); do $(COMPILE) $(LOWEST_PYTHON) requirements/loader-$$name.in \
		--output-file requirements/loader-$$name.txt || exit 1; done
	$(MAKE) image-requirements

# What the container image installs, one file per environment: the versions that the tests run with. Of
# Meltano's not all can be the same, for boto3 asks for an older python-dateutil.
IMAGE_PYTHON := 3.13
SAME_VERSIONS := --constraint requirements/dev.txt

.PHONY: image-requirements
image-requirements: install
	$(COMPILE) $(IMAGE_PYTHON) requirements/image-meltano.in \
		--output-file requirements/image-meltano.txt
	for name in tap-postgres target-postgres; do $(COMPILE) $(IMAGE_PYTHON) $(SAME_VERSIONS) \
		requirements/image-$$name.in --output-file requirements/image-$$name.txt || exit 1; done
	$(COMPILE) $(IMAGE_PYTHON) $(SAME_VERSIONS) --extra postgres \
		$(filter tap-%,$(PACKAGES:%=%/pyproject.toml)) \
		--output-file requirements/image-taps.txt
	$(COMPILE) $(IMAGE_PYTHON) $(SAME_VERSIONS) --extra postgres \
		target-miimosa-leads/pyproject.toml \
		--output-file requirements/image-target-miimosa-leads.txt

BENCH := .bench
BENCHED := tap-moco tap-ulule target-miimosa-leads
BENCH_PEERS := airbyte dlt msdk pyairbyte

$(BENCH)/singer/.installed: requirements/build.txt benchmarks/requirements-singer.txt
	$(PYTHON) -m venv --clear $(BENCH)/singer
	$(BENCH)/singer/bin/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r requirements/build.txt
	$(BENCH)/singer/bin/uv pip install --quiet --python $(BENCH)/singer/bin/python \
		--compile-bytecode --require-hashes -r benchmarks/requirements-singer.txt
	$(BENCH)/singer/bin/uv pip install --quiet --python $(BENCH)/singer/bin/python \
		--no-deps --no-build-isolation $(BENCHED:%=--editable ./%)
	$(BENCH)/singer/bin/python -m compileall -q kit $(BENCHED)
	touch $@

$(BENCH_PEERS:%=$(BENCH)/%/.installed): $(BENCH)/%/.installed: benchmarks/requirements-%.txt \
		$(BENCH)/singer/.installed
	$(BENCH)/singer/bin/uv venv --quiet --clear --python $(BENCH)/singer/bin/python $(BENCH)/$*
	$(BENCH)/singer/bin/uv pip install --quiet --python $(BENCH)/$*/bin/python \
		--compile-bytecode --require-hashes -r $<
	touch $@

.PHONY: bench
bench: $(BENCH)/singer/.installed $(BENCH_PEERS:%=$(BENCH)/%/.installed) ## Measure against peers
	$(BENCH)/singer/bin/python -m benchmarks $(WORKS)

.PHONY: bench-requirements
bench-requirements: $(BENCH)/singer/.installed ## Pin the newest versions of the peers again
	for name in singer $(BENCH_PEERS); do UV_CUSTOM_COMPILE_COMMAND="make bench-requirements" \
		$(BENCH)/singer/bin/uv pip compile --quiet --universal --python-version 3.10 \
		--generate-hashes --upgrade benchmarks/requirements-$$name.in \
		--output-file benchmarks/requirements-$$name.txt || exit 1; done

.PHONY: clean
clean: ## Remove the environment and everything that runs leave behind
	rm -rf $(VENV) .audit .bench .demo .deploy .loaders .lowest .meltano .mypy_cache .pytest_cache .ruff_cache \
		.orchestrate .transform transform/target transform/logs transform/dbt_packages
	find . -name __pycache__ -prune -exec rm -rf {} +
