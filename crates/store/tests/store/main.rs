//! The database as its callers use it.

mod file;
mod rows;
mod story;
