//! Settings: command line, environment, .env, cliphound.toml, defaults; checked once.
