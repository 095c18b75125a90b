-- The desk of a node: who may write at it. What is secret is kept as a print of it, so that whoever reads this
-- database can sign in as nobody.

CREATE TABLE account (
    -- What one signs in with, in lower case: an address or a short name.
    name     TEXT   NOT NULL PRIMARY KEY,
    -- What the history and the others call them.
    shown    TEXT   NOT NULL,
    -- organiser: their own events; editor: all; admin: settings and accounts too.
    role     TEXT   NOT NULL,
    -- Argon2id in PHC form; null until who was invited has chosen one.
    password TEXT,
    made     BIGINT NOT NULL
);

CREATE TABLE session (
    -- SHA-256 of what the browser holds, in hex.
    hash    TEXT   NOT NULL PRIMARY KEY,
    account TEXT   NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    made    BIGINT NOT NULL,
    -- When it was last used, to the hour: a session that sleeps ends.
    seen    BIGINT NOT NULL
);

-- Links that let somebody choose a password once: sent to who is new, or who forgot theirs.
CREATE TABLE invitation (
    -- SHA-256 of the last part of the link, in hex.
    hash    TEXT   NOT NULL PRIMARY KEY,
    account TEXT   NOT NULL UNIQUE REFERENCES account (name) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);
