-- What a node keeps: who its lab is, its events and every version of them.
--
-- One set of migrations serves SQLite and PostgreSQL, so that what is tested on one holds on the other:
--   * TEXT, BIGINT and BOOLEAN only, which both spell and sort alike;
--   * instants are whole seconds since 1970 in UTC, given by the program: no clock runs in here;
--   * JSON is TEXT, written and read by the program, so that a field more is no migration;
--   * keys are natural or made by the program, since the two databases number rows differently;
--   * order of text is made in the program, since PostgreSQL sorts by the language it was installed in.

-- How often anything was written. A server compares it with what it last loaded, and so sees what another process
-- wrote. Every write begins by raising it: on PostgreSQL the lock on this row makes writers take turns, as
-- BEGIN IMMEDIATE does on SQLite.
CREATE TABLE revision (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    number   BIGINT NOT NULL
);

INSERT INTO revision (only_row, number) VALUES (1, 0);

-- Who the node speaks for; no row until somebody has said so.
CREATE TABLE lab (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    lab      TEXT   NOT NULL
);

-- The events of the node as they are now, those withdrawn too: their ids and addresses are never given again.
CREATE TABLE kept (
    -- SHA-256 of id, in hex. An id may have 8,000 bytes and PostgreSQL indexes no more than 2,704.
    hash      TEXT   NOT NULL PRIMARY KEY,
    id        TEXT   NOT NULL,
    -- The last part of the page's address, for ever.
    slug      TEXT   NOT NULL UNIQUE,
    -- How often the event was saved. Who saves says which version they read, so that nobody overwrites another.
    version   BIGINT NOT NULL CHECK (version > 0),
    -- Since when it is withdrawn; null while it is published.
    withdrawn BIGINT,
    event     TEXT   NOT NULL
);

-- Every version ever saved: what an author can go back to, and the answer to "who changed this?".
CREATE TABLE history (
    hash      TEXT   NOT NULL REFERENCES kept (hash),
    version   BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    -- Who saved it, as the desk or the import calls them.
    author    TEXT   NOT NULL,
    -- What they did: published, changed, cancelled, moved, withdrawn, imported.
    action    TEXT   NOT NULL,
    withdrawn BIGINT,
    event     TEXT   NOT NULL,
    PRIMARY KEY (hash, version)
);
