# What CI runs, anyone can run. `make demo` and `make test` need Rust, make and a C compiler, nothing else.
.PHONY: demo test fmt lint bench

# The main job on embedded defaults; stops with Ctrl-C.
demo:
	cargo run --locked -- demo

# Formatting, then every test: with SQLite, and with PostgreSQL and MariaDB where they are installed.
test: fmt
	scripts/test-databases cargo test --locked --workspace

# Rust from rustup's minimal profile has no rustfmt; that must not keep anybody from running the tests.
fmt:
	@if cargo fmt --version >/dev/null 2>&1; then cargo fmt --all --check; \
	else echo "rustfmt is not installed, formatting was not checked: rustup component add rustfmt"; fi

# Warnings count as errors here only. Apart from `test`, because clippy compiles every dependency once more.
lint:
	cargo clippy --locked --workspace --all-targets -- -D warnings

# What it costs, beside a minimal peer; needs Python and PostgreSQL. See bench/README.md.
bench:
	bench/run
