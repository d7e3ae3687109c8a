//! Watches the page's folder: a file that is new there is not seen by the compiler otherwise. It never runs npm, which an
//! editor would then do at every key, and a build without a network could not; `make web` does.

fn main() {
    println!("cargo:rerun-if-changed=page");
}
