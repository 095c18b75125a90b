-- Who is told at once of what we publish, and who tells us (WebSub). Both a node and an aggregator have a hub.
--
-- None of this changes what is published: it is written without raising the revision, so that no server reads
-- everything again because a subscriber was told.

-- Those who asked our hub. What is still to be delivered is not kept: it is whatever is published and is not what the
-- subscriber last got.
CREATE TABLE subscription (
    -- SHA-256 of topic and callback, in hex: an address may have 4,000 bytes and PostgreSQL indexes no more than 2,704.
    key          TEXT NOT NULL PRIMARY KEY,
    -- Callback, topic, secret, lease, what was delivered and when the next attempt is.
    subscription TEXT NOT NULL
);

-- The hubs that an aggregator asked to be told by: one for a source at most.
CREATE TABLE following (
    source    TEXT NOT NULL PRIMARY KEY REFERENCES source (key),
    -- Hub, topic, callback, secret, lease.
    following TEXT NOT NULL
);
