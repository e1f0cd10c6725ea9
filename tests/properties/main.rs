//! Whatever comes from outside: nothing panics, nothing hangs, nothing grows without bound, and
//! what can be written is read back.
//!
//! Few cases by default; ten million by the command in CONTRIBUTING.md. The names of all tests
//! begin with `any_`, as those of the same kind in the crates.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may")]

mod bytes;
mod chat;
mod hold;
mod json;
mod logs;
mod models;
mod recordings;
mod server;
mod settings;
mod stored;
mod web;
