-- Alerts to be sent, and those that were, so that none is sent twice.

CREATE TABLE outbox (
    -- The order in which an alert's rows are sent.
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    alert      TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    -- Which clip, moment or stream it is about.
    key        TEXT    NOT NULL,
    channel    INTEGER NOT NULL REFERENCES channels (id),
    payload    TEXT    NOT NULL CHECK (json_valid(payload)),
    state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    tries      INTEGER NOT NULL DEFAULT 0,
    due_ms     INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    ended_ms   INTEGER,
    error      TEXT,
    UNIQUE (alert, event, key)
);
CREATE INDEX outbox_waiting ON outbox (alert, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_end ON outbox (alert, ended_ms) WHERE state <> 'waiting';
CREATE INDEX outbox_by_channel ON outbox (channel, event, created_ms);

-- Since when there is an alert that wants this: what happened before is no news to it.
CREATE TABLE outbox_since (
    alert    TEXT    NOT NULL PRIMARY KEY,
    wants    TEXT    NOT NULL,
    since_ms INTEGER NOT NULL
) WITHOUT ROWID;
