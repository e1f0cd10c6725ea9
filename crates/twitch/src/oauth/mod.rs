//! Tokens: asked for, validated, refreshed in one place only, kept durably, revoked.

pub mod app;
mod code;
mod device;
mod endpoint;
pub mod error;
pub mod file;
pub mod http;
mod state;
pub mod stored;
pub mod tokens;

pub use app::App;
pub use code::CodeRequest;
pub use device::DeviceCode;
pub use endpoint::Pair;
pub use error::{LoginError, TokenError};
pub use http::http_client;
pub use tokens::{AccessToken, Identity, Tokens};
