//! Links the function at a fixed address.
//!
//! A position-independent program carries a table of everything that has to
//! be moved at its start: 670 KB that are read, and pages that are written,
//! before anything runs. A Lambda function has its machine to itself.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
