-- What Dovecot sees: made anew at every installation. {dovecot} is the role that Dovecot signs in as.
--
-- What is disabled, in the bin, purged or on a disabled domain is in none of these views: there is no condition that a
-- query in Dovecot's configuration could forget. Views run with the rights of their owner, so the role needs none on the
-- tables; the one table that it writes is mail.mailbox_usage, and two functions do what the caretaker may change.

CREATE SCHEMA IF NOT EXISTS dovecot;
REVOKE ALL ON SCHEMA dovecot FROM PUBLIC;
DROP VIEW IF EXISTS dovecot.sign_in, dovecot.mailbox, dovecot.session_end, dovecot.to_erase;

-- userdb: one row per address, aliases included. "user" is the mailbox's id and never an address: a mailbox keeps its
-- files, its usage and its open sessions when its address changes, and who gets an old address finds no old mail.
-- The directory has two levels (65,536 folders), so that none of them holds thousands of entries.
CREATE VIEW dovecot.mailbox AS
SELECT
    a.address,
    m.id AS mailbox_id,
    left(m.id::text, 2) || '/' || substr(m.id::text, 3, 2) || '/' || m.id::text AS directory,
    '*:storage=' || m.quota_mb || 'M' AS quota_rule,
    (m.quota_mb::bigint * 1048576)::text AS quota_bytes,
    (a.id = a.mailbox_id) AS is_primary
FROM mail.address a
JOIN mail.mailbox m ON m.id = a.mailbox_id
JOIN mail.address p ON p.id = m.id
JOIN mail.domain d ON d.name = a.domain_name AND d.is_enabled
JOIN mail.domain home ON home.name = p.domain_name AND home.is_enabled
WHERE m.is_enabled AND m.removed_at IS NULL AND m.purged_at IS NULL;

-- passdb: only what has a password. Any address of the mailbox may sign in, so a rename locks nobody's telephone out.
CREATE VIEW dovecot.sign_in AS
SELECT v.address, v.mailbox_id, v.directory, v.quota_rule, v.quota_bytes, m.password_hash, m.protocols
FROM dovecot.mailbox v
JOIN mail.mailbox m ON m.id = v.mailbox_id
WHERE m.password_hash IS NOT NULL;

-- What the caretaker of a mail host has to do (caretaker.py).
CREATE VIEW dovecot.session_end AS SELECT mailbox_id, requested_at FROM mail.session_end;

CREATE VIEW dovecot.to_erase AS
SELECT
    id AS mailbox_id,
    purged_at,
    left(id::text, 2) || '/' || substr(id::text, 3, 2) || '/' || id::text AS directory
FROM mail.mailbox
WHERE purged_at IS NOT NULL AND erased_at IS NULL;

-- With the rights of the owner and a fixed search path, so that nobody's objects are taken for ours.
CREATE OR REPLACE FUNCTION dovecot.mark_erased(ids uuid[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog AS
$$ UPDATE mail.mailbox SET erased_at = now() WHERE id = ANY (ids) AND purged_at IS NOT NULL AND erased_at IS NULL $$;

CREATE OR REPLACE FUNCTION dovecot.prune_session_ends() RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog AS
$$ DELETE FROM mail.session_end WHERE requested_at < now() - interval '2 days' $$;

REVOKE ALL ON FUNCTION dovecot.mark_erased(uuid[]), dovecot.prune_session_ends() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dovecot.mark_erased(uuid[]), dovecot.prune_session_ends() TO {dovecot};

GRANT USAGE ON SCHEMA dovecot TO {dovecot};
GRANT SELECT ON dovecot.mailbox, dovecot.sign_in, dovecot.session_end, dovecot.to_erase TO {dovecot};
GRANT USAGE ON SCHEMA mail TO {dovecot};
GRANT SELECT, INSERT, UPDATE (used_bytes, message_count, mailbox_id) ON mail.mailbox_usage TO {dovecot};
