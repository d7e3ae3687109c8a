# What CI runs, anyone can run. `make demo` and `make test` need Rust, make and a C compiler, nothing else; with node 20 or newer
# and npm they have the applicant's page too.
.PHONY: demo test web page fmt lint bench fuzz openssl

# V1 signatures for older OSS buckets come with an SDK that is built on OpenSSL's headers. Where there are none, all else is built.
features := $(shell if pkg-config --exists openssl 2>/dev/null || [ -n "$$OPENSSL_DIR" ]; then echo --features oss-v1; fi)

# The main job on embedded defaults; stops with Ctrl-C. The page is built meanwhile, by what the compiler leaves of the processor: the
# last minutes of a first build keep one core busy. A daily build reads it when it is asked for, so it need not wait.
demo: openssl
	@nice -n 19 $(MAKE) --no-print-directory page & cargo build --locked $(features); built=$$?; wait; exit $$built
	cargo run --locked $(features) -- demo

# Formatting, then every test: with SQLite, and with PostgreSQL and MariaDB where they are installed; on OSS, which is played
# by a server of our own, where Alibaba's SDK can be fetched to judge signatures; and the applicant's client, in a browser that meets
# the binary that was just built, where node and Chromium are installed.
test: fmt openssl page
	scripts/with-oss scripts/test-databases cargo test --locked --workspace $(features)
	scripts/test-web

# The applicant's client: the page for the binary (H5), and the mini-program for WeChat's tools. Made when a source is newer.
client := miniprogram-stub
npm_ci := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
client_sources := $(shell find $(client)/src $(client)/build -type f) $(addprefix $(client)/,index.html vite.config.ts) migration/data/regions.tsv
mini_program := $(client)/dist/build/mp-weixin/app.json

web: web/page/index.html $(mini_program)

$(client)/node_modules/.package-lock.json: $(client)/package-lock.json
	cd $(client) && $(npm_ci)

# Emptied, not replaced: a release build looks at the folder, and .gitignore keeps it in a fresh checkout.
web/page/index.html: $(client)/node_modules/.package-lock.json $(client_sources)
	cd $(client) && npm run --silent build:h5
	rm -rf web/page/*
	cp -R $(client)/dist/build/h5/. web/page
	touch $@

# A mini-program is built for one server, VITE_SERVER.
$(client)/dist/server: always
	@mkdir -p $(@D) && echo "$(VITE_SERVER)" | cmp -s - $@ || echo "$(VITE_SERVER)" >$@

.PHONY: always
always:

$(mini_program): $(client)/node_modules/.package-lock.json $(client_sources) $(client)/dist/server
	cd $(client) && npm run --silent build:mp-weixin
	touch $@

# A binary without the page is whole otherwise, so neither a missing node nor a registry that is away keeps anybody from it.
page:
	@if ! scripts/has-node; then \
	echo "node 20 or newer and npm are not installed, left out: the applicant's page at /m/ (https://nodejs.org)"; \
	elif $(MAKE) --no-print-directory web/page/index.html; then exit 0; \
	else echo "the applicant's page could not be built, left out: /m/ (make web tells why)"; fi; \
	[ "$(TEST_WEB)" != all ]

openssl:
	@if [ -z "$(features)" ]; then \
	echo "OpenSSL's headers are not installed, left out: V1 signatures for OSS (apt-get install pkg-config libssl-dev)"; fi

# Rust from rustup's minimal profile has no rustfmt; that must not keep anybody from running the tests.
fmt:
	@if cargo fmt --version >/dev/null 2>&1; then cargo fmt --all --check; \
	else echo "rustfmt is not installed, formatting was not checked: rustup component add rustfmt"; fi

# Warnings count as errors here only. Apart from `test`, because clippy compiles every dependency once more.
lint:
	cargo clippy --locked --workspace --all-targets $(features) -- -D warnings

# What it costs, beside a minimal peer; needs Python and PostgreSQL. See bench/README.md.
bench:
	bench/run

# A minute each of bytes that nobody would send, at whatever reads files from outside; needs a C++ compiler.
fuzz:
	scripts/fuzz
