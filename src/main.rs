//! The `cliphound` command.

fn main() {}
