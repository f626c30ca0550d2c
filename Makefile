SHELL := /bin/bash
.DEFAULT_GOAL := help
# The project's own Node comes first, so a host with any Node >= 20 will do.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

INSTALLED := node_modules/.package-lock.json
FILE ?=
NAME ?=

.PHONY: help dev staging production demo forge-tokens bench test coverage check lint lint-fix format typecheck \
	migrate migration install build openapi types

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Only the lock says what is installed: another script in package.json is no reason to install anew.
$(INSTALLED): package-lock.json
	@# npm judges by the host's Node; what runs is the one that it installs.
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

install: $(INSTALLED) ## Install the dependencies from the lock file

dev: $(INSTALLED) ## Install, migrate and serve at http://localhost:8000 with no setting
	@node src/main.ts serve

build: $(INSTALLED) ## Bundle into dist/
	npm run --silent build

staging: build ## Serve the built code with the settings of .env.staging
	@APP_ENV=staging node dist/main.js serve

production: build ## Serve the built code with the settings of .env.production
	@APP_ENV=production node dist/main.js serve

demo: $(INSTALLED) ## Tell the whole story against a server of its own, or against URL=...
	@node scripts/demo.ts $(URL)

forge-tokens: $(INSTALLED) ## Try every forged token on a server of its own, or on URL=... with this JWT_SECRET_KEY
	@node scripts/forge-tokens.ts $(URL)

bench: build ## Compare with a bare node:http + pg twin (needs PostgreSQL: BENCH_DATABASE_URL)
	@node bench/main.ts

test: $(INSTALLED) ## Run the tests, or those of FILE=path
	npm run --silent test -- $(FILE)

coverage: $(INSTALLED) ## Run the tests with coverage, also as coverage/index.html
	npm run --silent coverage

check: $(INSTALLED) ## Run every check that must be green before a change lands
	npm run --silent check

typecheck: $(INSTALLED) ## Check the types
	npm run --silent check -- types

lint: $(INSTALLED) ## Lint, and check the import rules
	npm run --silent check -- lint imports

lint-fix: $(INSTALLED) ## Mend what the linter can
	oxlint --fix

format: $(INSTALLED) ## Format every file
	oxfmt

migrate: $(INSTALLED) ## Apply the migrations that are due
	@node src/main.ts migrate up

migration: $(INSTALLED) ## Scaffold a migration: NAME=add_something
	@node src/main.ts migrate new $(NAME)

openapi: $(INSTALLED) ## Write openapi.json anew
	@node src/main.ts openapi > openapi.json

types: $(INSTALLED) ## Write database/schema.sql, the row types and .env.example anew
	npm run --silent generate
