-- What must survive the reading of a document: that it was begun, and under which id an entry is listed now.

-- SHA-256 of the body that is being read, and how often its reading was begun and never ended. A body that brings the
-- process down is so known after the restart, and not read for ever.
ALTER TABLE source ADD COLUMN reading TEXT;
ALTER TABLE source ADD COLUMN readings BIGINT NOT NULL DEFAULT 0;

-- The id under which the source lists the entry since it changed it; null while it is the entry's own.
ALTER TABLE entry ADD COLUMN alias TEXT;
