-- What the pages said that entries link to, where a source's pages are read for the dates its feed does not give.

CREATE TABLE page (
    source  TEXT NOT NULL PRIMARY KEY REFERENCES source (key),
    -- By entry: what the feed said then (a print), when its page was visited, and the event it described. One value,
    -- since it is read and written whole.
    answers TEXT NOT NULL
);
