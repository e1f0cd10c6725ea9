//! Tokens: validate, refresh in one place only, keep durably.
