//! Rows ↔ values.
