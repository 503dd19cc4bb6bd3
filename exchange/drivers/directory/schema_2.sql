-- The mail directory, version 2: addresses go as fast as they come, and the mail host learns what it has to do.

-- Whoever deletes an address asks whether a mailbox still needs it: without an index that reads the whole table per row.
CREATE INDEX mailbox_address_id_idx ON mail.mailbox (address_id);

-- Dovecot asks who somebody is at sign-in only. Whose open sessions must end is written here, in the transaction that takes
-- the right away and whoever takes it; the caretaker of each mail host (caretaker.py) reads it and ends them.
CREATE TABLE mail.session_end (
    mailbox_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    CONSTRAINT session_end_pkey PRIMARY KEY (mailbox_id)
);
CREATE INDEX session_end_requested_idx ON mail.session_end (requested_at);

-- clock_timestamp, not now(): a transaction that commits late must not look older than what was read before.
CREATE FUNCTION mail.end_sessions_of_mailbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail.session_end AS s (mailbox_id, requested_at) VALUES (NEW.id, clock_timestamp())
    ON CONFLICT (mailbox_id) DO UPDATE SET requested_at = EXCLUDED.requested_at;
    RETURN NULL;
END $$;

CREATE FUNCTION mail.end_sessions_of_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail.session_end AS s (mailbox_id, requested_at)
    SELECT a.mailbox_id, max(clock_timestamp()) FROM mail.address a WHERE a.domain_name = NEW.name GROUP BY a.mailbox_id
    ON CONFLICT (mailbox_id) DO UPDATE SET requested_at = EXCLUDED.requested_at;
    RETURN NULL;
END $$;

-- A first password (none before) ends nothing: nobody can be signed in.
CREATE TRIGGER mailbox_ends_its_sessions AFTER UPDATE ON mail.mailbox FOR EACH ROW WHEN (
    (OLD.is_enabled AND NOT NEW.is_enabled)
    OR (OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL)
    OR (OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL)
    OR (OLD.password_hash IS NOT NULL AND OLD.password_hash IS DISTINCT FROM NEW.password_hash)
    OR NOT OLD.protocols <@ NEW.protocols
) EXECUTE FUNCTION mail.end_sessions_of_mailbox();

CREATE TRIGGER domain_ends_its_sessions AFTER UPDATE ON mail.domain FOR EACH ROW
    WHEN (OLD.is_enabled AND NOT NEW.is_enabled) EXECUTE FUNCTION mail.end_sessions_of_domain();

INSERT INTO mail.schema_version (version) VALUES (2);
