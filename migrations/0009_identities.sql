-- Who an identity provider says somebody is, and whose account that is: they sign in there instead of by a password.

CREATE TABLE identity (
    -- The provider, by the name that it gives itself (iss).
    issuer  TEXT   NOT NULL,
    -- The person, by what the provider calls them for ever (sub); never their address, which may be given to another.
    subject TEXT   NOT NULL,
    account TEXT   NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    made    BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    -- Another person of that provider is not let into the same account.
    UNIQUE (issuer, account)
);

-- What the provider gave out at the sign-in: it asks for it when somebody signs out there too.
ALTER TABLE session ADD COLUMN id_token TEXT;
