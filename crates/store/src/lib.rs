//! The database: moments, intents, clips, windows.
