-- Who may look at the dashboard and call the API. Of everything that opens the door by itself
-- (sessions, tokens, invitations) only a SHA-256 is kept.

CREATE TABLE people (
    id              INTEGER PRIMARY KEY,
    name            TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    -- What they may do everywhere: viewer, editor, owner; NULL: only what `grants` says. No CHECK
    -- on the words: newer versions may know more of them.
    role            TEXT,
    -- A PHC string; NULL: they can't log in with a password.
    password        TEXT,
    -- Whom Twitch must say that they are; the id is learned at the first log-in.
    twitch_login    TEXT UNIQUE,
    twitch_id       TEXT UNIQUE,
    invite          BLOB UNIQUE,
    invite_until_ms INTEGER,
    created_ms      INTEGER NOT NULL
);

-- What they may do in single channels. By login: a channel may be granted before it is watched.
CREATE TABLE grants (
    person  INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    channel TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    PRIMARY KEY (person, channel)
) WITHOUT ROWID;

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE,
    person     INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    seen_ms    INTEGER NOT NULL,
    -- For people, in the list of their sessions.
    agent      TEXT    NOT NULL,
    address    TEXT    NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE,
    person     INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    -- The most that it may do; never more than its person may.
    role       TEXT    NOT NULL,
    -- Logins between blanks; NULL: wherever its person may.
    channels   TEXT,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    used_ms    INTEGER
);
CREATE INDEX tokens_by_person ON tokens (person);
