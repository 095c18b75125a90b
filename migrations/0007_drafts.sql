-- What is being written at the desk of a node, and the pictures that were put into it.

CREATE TABLE draft (
    -- Made by the program.
    key     TEXT   NOT NULL PRIMARY KEY,
    -- The event that it changes, by its id; null for a new one.
    event   TEXT,
    -- The version of that event which it was made from.
    base    BIGINT NOT NULL,
    -- How often it was saved. Who saves says which version they read, so that nobody overwrites another.
    version BIGINT NOT NULL CHECK (version > 0),
    -- Who writes it, by the name of their account: it outlives the account.
    author  TEXT   NOT NULL,
    saved   BIGINT NOT NULL,
    -- The fields as they were typed, be they right or wrong: a JSON list of names and values.
    form    TEXT   NOT NULL
);

CREATE TABLE picture (
    -- The last part of its address: a hash of its content and an ending.
    name    TEXT   NOT NULL PRIMARY KEY,
    -- Base64, which both databases spell alike.
    content TEXT   NOT NULL
);
