-- Labs that say of one of their events that it is ours too. Their word alone changes nothing: somebody at the desk
-- confirms, and then both feeds say so.

CREATE TABLE partner (
    -- SHA-256, in hex, of our event's id, their feed's and their event's.
    hash   TEXT   NOT NULL PRIMARY KEY,
    -- Our event, by its id.
    ours   TEXT   NOT NULL,
    -- Their feed and their event, by their ids.
    feed   TEXT   NOT NULL,
    event  TEXT   NOT NULL,
    -- What they call themselves and their event, and its page: as JSON, as their feed said it.
    said   TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    -- asked, refused; what was confirmed is said by our own event.
    state  TEXT   NOT NULL
);
