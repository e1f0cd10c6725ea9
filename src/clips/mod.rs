//! The life of a clip: intent, wait, call, confirmation.
