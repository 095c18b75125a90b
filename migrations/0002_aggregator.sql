-- What an aggregator keeps: its sources, what each of them says, what people ruled, and what must be remembered for
-- the programme to stay what it was. The programme itself is not kept: it follows from these.

-- The feeds it gathers.
CREATE TABLE source (
    key      TEXT    NOT NULL PRIMARY KEY,
    -- What the national team registered.
    source   TEXT    NOT NULL,
    -- Out of `source`, so that those to poll are found without reading all.
    paused   BOOLEAN NOT NULL,
    -- What the last polls gave: validators, failures, the next poll. Written by every poll, never by the team.
    health   TEXT    NOT NULL,
    -- Out of `health`, for the same reason as `paused`; null is "at once".
    due      BIGINT,
    -- What is wrong or doubtful in what it last sent: a list, replaced as one.
    findings TEXT    NOT NULL
);

-- What each source says about each event. Rows are never deleted: an entry that is listed no more keeps its last
-- good copy.
CREATE TABLE entry (
    -- Part of the key, so that no source can touch what another says.
    source     TEXT   NOT NULL REFERENCES source (key),
    -- SHA-256 of id, in hex, for the reason given at `kept`; here a stranger chooses the id.
    hash       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    -- Never written again: who announced an event first decides who speaks for it.
    first_seen BIGINT NOT NULL,
    -- When its meaning last changed, by our account: many feeds move their dates at every fetch.
    changed    BIGINT NOT NULL,
    -- SHA-256 of its meaning: how a change is told from a mere rewriting.
    print      TEXT   NOT NULL,
    -- listed, missing or withdrawn, and since when it is not listed.
    presence   TEXT   NOT NULL CHECK (presence IN ('listed', 'missing', 'withdrawn')),
    since      BIGINT,
    event      TEXT   NOT NULL,
    -- What the source sent, as it sent it. Last, because it is long and rarely read: SQLite reads a row from its start.
    raw        TEXT   NOT NULL,
    PRIMARY KEY (source, hash)
);

-- The last polls of each source: whether a failure is new, and how long answers take.
CREATE TABLE poll (
    source  TEXT   NOT NULL REFERENCES source (key),
    -- Counts on, since two polls can fall within one second.
    number  BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    outcome TEXT   NOT NULL,
    entries BIGINT NOT NULL,
    millis  BIGINT NOT NULL,
    PRIMARY KEY (source, number)
);

-- What people ruled. A decision is undone, never deleted: why it was made stays known.
CREATE TABLE decision (
    id     TEXT   NOT NULL PRIMARY KEY,
    ruling TEXT   NOT NULL,
    author TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    why    TEXT,
    undone BIGINT
);

-- Ids, slugs, calendar UIDs, joins, in the order they came to be. Rows are only ever added.
CREATE TABLE ledger (
    -- From 1 without a gap, so that the last position is how many there are.
    position BIGINT NOT NULL PRIMARY KEY CHECK (position > 0),
    record   TEXT   NOT NULL
);

-- Small things that the program remembers by name.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
