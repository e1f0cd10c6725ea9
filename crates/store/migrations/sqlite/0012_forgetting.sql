-- Channels and users that somebody asked to be forgotten while Cliphound runs: until what was under
-- way about them has ended, they are looked for again, also after a restart.
CREATE TABLE forgetting (
    kind     TEXT    NOT NULL CHECK (kind IN ('channel', 'user')),
    login    TEXT    NOT NULL,
    -- A name of the log-in, or of an API token.
    by       TEXT    NOT NULL,
    asked_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, login)
) WITHOUT ROWID;
