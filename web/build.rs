//! Watches the page's folder: a file that is new there is not seen by the compiler otherwise. It never runs npm, which an
//! editor would then do at every key, and a build without a network could not; `make web` does. A daily build reads the folder
//! when it runs, and needs no building for another page.

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by the environment"
)]
fn main() {
    let embedded = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!(
        "cargo:rerun-if-changed={}",
        if embedded { "page" } else { "build.rs" }
    );
}
