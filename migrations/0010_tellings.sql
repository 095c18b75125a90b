-- What is to be told another lab's desk: that one of our events names one of theirs. Told again until it is heard.

CREATE TABLE telling (
    -- SHA-256, in hex, of our event's id, their feed's and their event's.
    hash    TEXT    NOT NULL PRIMARY KEY,
    ours    TEXT    NOT NULL,
    feed    TEXT    NOT NULL,
    event   TEXT    NOT NULL,
    -- Where their feed is, or a page that names it.
    address TEXT    NOT NULL,
    since   BIGINT  NOT NULL,
    -- How often it was tried in vain, and when it is tried again.
    tries   BIGINT  NOT NULL,
    after   BIGINT  NOT NULL,
    -- waiting; deaf: there is nobody who could hear; over: it was tried long enough. What was heard has no row.
    state   TEXT    NOT NULL
);

-- Wrong passwords of late, by the SHA-256 of the name they were tried for: what is typed there may be a password.
CREATE TABLE attempt (
    hash  TEXT   NOT NULL PRIMARY KEY,
    wrong BIGINT NOT NULL,
    -- The next try counts then.
    until BIGINT NOT NULL
);
