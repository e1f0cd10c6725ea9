//! Rebuilds the crate when a migration is added: `sqlx::migrate!` embeds them.
#![expect(clippy::print_stdout, reason = "a build script talks to cargo on stdout")]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
