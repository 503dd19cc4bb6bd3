-- The mail directory, version 1: what the panel writes and Dovecot reads. PostgreSQL 13 or newer.
--
-- Run by exchange.drivers.directory.install, once per database and version, in one transaction; views.sql follows at
-- every installation. Never edit a version that was released: add schema_2.sql.
--
-- Collation "C": addresses are ASCII, comparisons are bytes, and one unique index serves equality and prefixes alike.
-- Indexes are those that are named here and no others: a bulk load of 1,000,000 mailboxes pays for each of them.

CREATE SCHEMA mail;
REVOKE ALL ON SCHEMA mail FROM PUBLIC;

CREATE TABLE mail.schema_version (
    version integer NOT NULL,
    installed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schema_version_pkey PRIMARY KEY (version)
);

CREATE TABLE mail.domain (
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    is_enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT domain_pkey PRIMARY KEY (id),
    CONSTRAINT domain_name_key UNIQUE (name),
    CONSTRAINT domain_name_is_ascii_lower_case CHECK (
        length(name) <= 253
        AND name ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'
    )
);

-- A mailbox is live, in the bin (removed_at) or a tombstone (purged_at). The tombstone stays in this table, so that its
-- primary key refuses, even in a race, that a purged id comes back while its mail is being erased from disk.
CREATE TABLE mail.mailbox (
    id uuid NOT NULL,
    display_name text NOT NULL DEFAULT '',
    quota_mb integer NOT NULL DEFAULT 1,
    password_hash text,
    protocols text[] NOT NULL DEFAULT '{}',
    is_enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    modified_at timestamptz NOT NULL DEFAULT now(),
    removed_at timestamptz,
    purged_at timestamptz,
    erased_at timestamptz,
    -- Null for a tombstone; otherwise the mailbox's own id, under which its primary address is found.
    address_id uuid GENERATED ALWAYS AS (CASE WHEN purged_at IS NULL THEN id END) STORED,
    CONSTRAINT mailbox_pkey PRIMARY KEY (id),
    -- 0 would be "unlimited" to Dovecot.
    CONSTRAINT mailbox_quota_is_positive CHECK (quota_mb >= 1),
    -- A text without a known {SCHEME} would be taken for a hash of the default scheme, and {PLAIN} at its word.
    CONSTRAINT mailbox_password_is_hashed CHECK (password_hash ~ '^\{(ARGON2ID|BLF-CRYPT|SHA512-CRYPT)\}\$'),
    CONSTRAINT mailbox_protocols_are_known CHECK (protocols <@ ARRAY['imap', 'pop3', 'smtp']),
    CONSTRAINT mailbox_erased_after_purged CHECK (erased_at IS NULL OR purged_at IS NOT NULL),
    CONSTRAINT mailbox_tombstone_has_no_password CHECK (purged_at IS NULL OR password_hash IS NULL)
);
CREATE INDEX mailbox_to_erase_idx ON mail.mailbox (purged_at) WHERE purged_at IS NOT NULL AND erased_at IS NULL;

-- Every address that exists, of mailboxes and of aliases: one primary key keeps both apart. The row whose id is the
-- mailbox's own is its primary address; the others are aliases under their own ids.
CREATE TABLE mail.address (
    address text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    domain_name text COLLATE "C" GENERATED ALWAYS AS (split_part(address, '@', 2)) STORED,
    CONSTRAINT address_pkey PRIMARY KEY (address),
    CONSTRAINT address_id_key UNIQUE (id),
    CONSTRAINT address_mailbox_fkey FOREIGN KEY (mailbox_id) REFERENCES mail.mailbox (id),
    CONSTRAINT address_domain_fkey FOREIGN KEY (domain_name) REFERENCES mail.domain (name),
    -- Fewer characters than RFC 5321 allows: Dovecot puts addresses into %u, so no %, quotes, blanks, slashes; + divides
    -- details from the mailbox. The same rule as exchange/drivers/addresses.py.
    CONSTRAINT address_is_well_formed CHECK (
        length(address) <= 254
        AND length(split_part(address, '@', 1)) <= 64
        AND address !~ '\.\.'
        AND address ~ '^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_-])?@[a-z0-9.-]+$'
    )
);
CREATE INDEX address_mailbox_idx ON mail.address (mailbox_id);
CREATE INDEX address_domain_idx ON mail.address (domain_name, id);

-- Every mailbox that is not a tombstone has a primary address. Deferred: the two rows are made in one transaction.
ALTER TABLE mail.mailbox
    ADD CONSTRAINT mailbox_address_fkey FOREIGN KEY (address_id) REFERENCES mail.address (id) DEFERRABLE INITIALLY DEFERRED;

-- Written by Dovecot (quota_clone plugin) after each delivery, expunge and sign-out; the panel only reads it.
-- Room on the pages lets updates stay in place (HOT).
CREATE TABLE mail.mailbox_usage (
    mailbox_id uuid NOT NULL,
    used_bytes bigint NOT NULL DEFAULT 0,
    message_count bigint NOT NULL DEFAULT 0,
    measured_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mailbox_usage_pkey PRIMARY KEY (mailbox_id),
    CONSTRAINT mailbox_usage_mailbox_fkey FOREIGN KEY (mailbox_id) REFERENCES mail.mailbox (id) ON DELETE CASCADE
) WITH (fillfactor = 70);

-- Dovecot's dict writes only the values; the time is the database's.
CREATE FUNCTION mail.stamp_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.measured_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER mailbox_usage_is_stamped BEFORE UPDATE ON mail.mailbox_usage
    FOR EACH ROW EXECUTE FUNCTION mail.stamp_usage();

INSERT INTO mail.schema_version (version) VALUES (1);
