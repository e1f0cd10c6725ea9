-- Users that somebody asked to be forgotten, so that the clips that they made do not come back with
-- the next question to Twitch. No name: a digest of it, each with a salt of its own.
CREATE TABLE forgotten_creators (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    salt BLOB    NOT NULL,
    hash BLOB    NOT NULL UNIQUE
);
