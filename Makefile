# What CI runs, anyone can run. `make demo` and `make test` need Rust, make and a C compiler, nothing else.
.PHONY: demo test fmt lint bench fuzz openssl

# V1 signatures for older OSS buckets come with an SDK that is built on OpenSSL's headers. Where there are none, all else is built.
features := $(shell if pkg-config --exists openssl 2>/dev/null || [ -n "$$OPENSSL_DIR" ]; then echo --features oss-v1; fi)

# The main job on embedded defaults; stops with Ctrl-C.
demo: openssl
	cargo run --locked $(features) -- demo

# Formatting, then every test: with SQLite, and with PostgreSQL and MariaDB where they are installed; on OSS, which is played
# by a server of our own, where Alibaba's SDK can be fetched to judge signatures.
test: fmt openssl
	scripts/with-oss scripts/test-databases cargo test --locked --workspace $(features)

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
