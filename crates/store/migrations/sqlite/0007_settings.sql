-- What was set in the dashboard, each change a row; the newest one of a channel and key holds.
-- `value` NULL: it was taken back, and what is written elsewhere holds again. No foreign key to
-- `channels`: a channel is set up before anything is known of it.
CREATE TABLE settings (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT    NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT,
    -- A name of the log-in, or of an API token.
    by    TEXT    NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX settings_by_key ON settings (login, key, id);
