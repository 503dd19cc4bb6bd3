-- The mail directory, version 3: permissions, forwarding, automatic replies, lists, shared mailboxes and contacts.

-- The customer's subscription. Null: the domain is a tenant of its own.
ALTER TABLE mail.domain ADD COLUMN tenant_id uuid;
CREATE INDEX domain_tenant_idx ON mail.domain (tenant_id);

ALTER TABLE mail.mailbox
    ADD COLUMN kind text NOT NULL DEFAULT 'personal',
    ADD CONSTRAINT mailbox_kind_is_known CHECK (kind IN ('personal', 'shared')),
    ADD CONSTRAINT mailbox_shared_has_no_password CHECK (kind <> 'shared' OR password_hash IS NULL);

-- Who may do what with whose mailbox.
CREATE TABLE mail.mailbox_grant (
    mailbox_id uuid NOT NULL,
    grantee_id uuid NOT NULL,
    access text[] NOT NULL,
    CONSTRAINT mailbox_grant_pkey PRIMARY KEY (mailbox_id, grantee_id),
    CONSTRAINT mailbox_grant_mailbox_fkey FOREIGN KEY (mailbox_id) REFERENCES mail.mailbox (id),
    CONSTRAINT mailbox_grant_grantee_fkey FOREIGN KEY (grantee_id) REFERENCES mail.mailbox (id),
    CONSTRAINT mailbox_grant_is_known CHECK (access <@ ARRAY['full', 'send_as', 'send_on_behalf'] AND access <> '{}'),
    CONSTRAINT mailbox_grant_is_to_another CHECK (mailbox_id <> grantee_id)
);
CREATE INDEX mailbox_grant_grantee_idx ON mail.mailbox_grant (grantee_id);

-- Only mailboxes that have one of both; views.sql makes Sieve of it.
CREATE TABLE mail.mailbox_rule (
    mailbox_id uuid NOT NULL,
    forward_to text COLLATE "C",
    keeps_copy boolean NOT NULL DEFAULT true,
    reply_subject text,
    reply_text text,
    reply_audience text NOT NULL DEFAULT 'everyone',
    reply_starts_at timestamptz,
    reply_ends_at timestamptz,
    reply_domains text[] NOT NULL DEFAULT '{}',
    CONSTRAINT mailbox_rule_pkey PRIMARY KEY (mailbox_id),
    CONSTRAINT mailbox_rule_mailbox_fkey FOREIGN KEY (mailbox_id) REFERENCES mail.mailbox (id),
    -- It is put between quotes in a script.
    CONSTRAINT mailbox_rule_target_is_plain CHECK (length(forward_to) <= 254 AND forward_to ~ '^[^[:space:][:cntrl:]"\\,<>]+@[a-z0-9.-]+$'),
    CONSTRAINT mailbox_rule_audience_is_known CHECK (reply_audience IN ('everyone', 'internal', 'external')),
    CONSTRAINT mailbox_rule_times_follow CHECK (reply_starts_at < reply_ends_at)
);

CREATE TABLE mail.contact (
    id uuid NOT NULL,
    tenant_id uuid,
    display_name text NOT NULL DEFAULT '',
    address text COLLATE "C" NOT NULL,
    CONSTRAINT contact_pkey PRIMARY KEY (id),
    CONSTRAINT contact_address_is_plain CHECK (length(address) <= 254 AND address ~ '^[^[:space:][:cntrl:]"\\,<>]+@[a-z0-9.-]+$')
);
CREATE UNIQUE INDEX contact_once_per_tenant ON mail.contact
    (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000'::uuid), address);

CREATE TABLE mail.list (
    id uuid NOT NULL,
    display_name text NOT NULL DEFAULT '',
    senders text NOT NULL DEFAULT 'anyone',
    CONSTRAINT list_pkey PRIMARY KEY (id),
    CONSTRAINT list_senders_are_known CHECK (senders IN ('anyone', 'internal', 'members', 'owners'))
);

-- The addresses of lists live among all the others: one primary key keeps everybody's apart.
ALTER TABLE mail.address
    ALTER COLUMN mailbox_id DROP NOT NULL,
    ADD COLUMN list_id uuid,
    ADD CONSTRAINT address_list_fkey FOREIGN KEY (list_id) REFERENCES mail.list (id) ON DELETE CASCADE,
    ADD CONSTRAINT address_of_mailbox_or_list CHECK (num_nonnulls(mailbox_id, list_id) = 1),
    ADD CONSTRAINT address_of_list_has_its_id CHECK (list_id IS NULL OR list_id = id);
CREATE INDEX address_list_idx ON mail.address (list_id) WHERE list_id IS NOT NULL;

CREATE TABLE mail.list_member (
    list_id uuid NOT NULL,
    mailbox_id uuid,
    contact_id uuid,
    nested_id uuid,
    member_id uuid GENERATED ALWAYS AS (coalesce(mailbox_id, contact_id, nested_id)) STORED,
    CONSTRAINT list_member_key UNIQUE (list_id, member_id),
    CONSTRAINT list_member_list_fkey FOREIGN KEY (list_id) REFERENCES mail.list (id) ON DELETE CASCADE,
    CONSTRAINT list_member_mailbox_fkey FOREIGN KEY (mailbox_id) REFERENCES mail.mailbox (id),
    CONSTRAINT list_member_contact_fkey FOREIGN KEY (contact_id) REFERENCES mail.contact (id) ON DELETE CASCADE,
    CONSTRAINT list_member_nested_fkey FOREIGN KEY (nested_id) REFERENCES mail.list (id) ON DELETE CASCADE,
    CONSTRAINT list_member_is_one CHECK (num_nonnulls(mailbox_id, contact_id, nested_id) = 1),
    CONSTRAINT list_member_is_another CHECK (nested_id <> list_id)
);
CREATE INDEX list_member_mailbox_idx ON mail.list_member (mailbox_id) WHERE mailbox_id IS NOT NULL;
CREATE INDEX list_member_contact_idx ON mail.list_member (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX list_member_nested_idx ON mail.list_member (nested_id) WHERE nested_id IS NOT NULL;

CREATE TABLE mail.list_owner (
    list_id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    CONSTRAINT list_owner_pkey PRIMARY KEY (list_id, mailbox_id),
    CONSTRAINT list_owner_list_fkey FOREIGN KEY (list_id) REFERENCES mail.list (id) ON DELETE CASCADE,
    CONSTRAINT list_owner_mailbox_fkey FOREIGN KEY (mailbox_id) REFERENCES mail.mailbox (id)
);
CREATE INDEX list_owner_mailbox_idx ON mail.list_owner (mailbox_id);

-- Lists have addresses on the domain too, and no sessions.
CREATE OR REPLACE FUNCTION mail.end_sessions_of_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail.session_end AS s (mailbox_id, requested_at)
    SELECT a.mailbox_id, max(clock_timestamp()) FROM mail.address a
    WHERE a.domain_name = NEW.name AND a.mailbox_id IS NOT NULL GROUP BY a.mailbox_id
    ON CONFLICT (mailbox_id) DO UPDATE SET requested_at = EXCLUDED.requested_at;
    RETURN NULL;
END $$;

-- Dovecot reads who may open another's mailbox from a file beside the mail. Whose file is to be written anew is written
-- here, by whatever changes a grant; the caretaker of each mail host reads it (see session_end for the clock).
CREATE TABLE mail.grant_change (
    mailbox_id uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT grant_change_pkey PRIMARY KEY (mailbox_id)
);
CREATE INDEX grant_change_changed_idx ON mail.grant_change (changed_at);

CREATE FUNCTION mail.note_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    concerned uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.mailbox_id ELSE NEW.mailbox_id END;
BEGIN
    INSERT INTO mail.grant_change AS c (mailbox_id, changed_at) VALUES (concerned, clock_timestamp())
    ON CONFLICT (mailbox_id) DO UPDATE SET changed_at = EXCLUDED.changed_at;
    -- What was taken away must not live on in an open session.
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NOT OLD.access <@ NEW.access) THEN
        INSERT INTO mail.session_end AS s (mailbox_id, requested_at) VALUES (OLD.grantee_id, clock_timestamp())
        ON CONFLICT (mailbox_id) DO UPDATE SET requested_at = EXCLUDED.requested_at;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER mailbox_grant_is_noted AFTER INSERT OR UPDATE OR DELETE ON mail.mailbox_grant
    FOR EACH ROW EXECUTE FUNCTION mail.note_grant();

INSERT INTO mail.schema_version (version) VALUES (3);
