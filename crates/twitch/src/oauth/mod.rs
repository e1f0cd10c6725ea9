//! Tokens: validate, refresh in one place only, keep durably.

mod endpoint;
pub mod error;
pub mod file;
pub mod http;
pub mod stored;
pub mod tokens;

pub use error::TokenError;
pub use http::http_client;
pub use tokens::{AccessToken, Identity, Tokens};
