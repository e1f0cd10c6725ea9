//! Stored chat of any known format as engine inputs, and the engine run over it.
