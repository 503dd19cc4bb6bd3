-- What Dovecot sees: made anew at every installation. {dovecot} is the role that Dovecot signs in as.
--
-- What is disabled, in the bin or purged is in none of these views, and what is on a suspended domain is not in sign_in:
-- there is no condition that a query in Dovecot's configuration could forget. A suspended domain goes on receiving. Views run with the rights of their owner, so the role needs none on the
-- tables; the one table that it writes is mail.mailbox_usage, and two functions do what the caretaker may change.

CREATE SCHEMA IF NOT EXISTS dovecot;
REVOKE ALL ON SCHEMA dovecot FROM PUBLIC;
DROP VIEW IF EXISTS dovecot.sender_login, dovecot.recipient, dovecot.shared_box, dovecot.access_file, dovecot.grant_change,
    dovecot.sieve, dovecot.list_target, dovecot.list_sender,
    dovecot.list, dovecot.sign_in, dovecot.mailbox, dovecot.session_end, dovecot.to_erase;

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
    (a.id = a.mailbox_id) AS is_primary,
    p.address AS primary_address
FROM mail.address a
JOIN mail.mailbox m ON m.id = a.mailbox_id
JOIN mail.address p ON p.id = m.id
WHERE m.is_enabled AND m.removed_at IS NULL AND m.purged_at IS NULL;

-- passdb: only what has a password, on a domain that is not suspended; neither that of the mailbox itself nor that of the
-- address. Any address of the mailbox may sign in, so a rename locks nobody's telephone out.
CREATE VIEW dovecot.sign_in AS
SELECT v.address, v.mailbox_id, v.directory, v.quota_rule, v.quota_bytes, m.password_hash, m.protocols
FROM dovecot.mailbox v
JOIN mail.mailbox m ON m.id = v.mailbox_id
JOIN mail.address a ON a.address = v.address
JOIN mail.domain d ON d.name = a.domain_name AND d.is_enabled
JOIN mail.address p ON p.id = m.id
JOIN mail.domain home ON home.name = p.domain_name AND home.is_enabled
WHERE m.password_hash IS NOT NULL;

-- Lists: LMTP takes mail for them, and their script sends it on. Many share a home, which keeps what must not be sent
-- twice; it exists before the first mail comes (local_dovecot.py), for Pigeonhole does not make it.
CREATE VIEW dovecot.list AS
SELECT
    a.address,
    l.id AS list_id,
    'listas/' || left(l.id::text, 2) AS directory,
    l.senders,
    coalesce(d.tenant_id, d.id) AS tenant_id,
    a.domain_name
FROM mail.list l
JOIN mail.address a ON a.list_id = l.id
JOIN mail.domain d ON d.name = a.domain_name;

-- A text between the quotes of a Sieve script (RFC 5228, section 2.4.2): whatever it holds, it remains a text.
CREATE OR REPLACE FUNCTION dovecot.sieve_text(what text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '"' || replace(replace(what, '\', '\\'), '"', '\"') || '"' $$;

CREATE OR REPLACE FUNCTION dovecot.sieve_texts(what text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '[' || coalesce(string_agg('"' || replace(replace(t, '\', '\\'), '"', '\"') || '"', ', ' ORDER BY t), '""') || ']'
FROM unnest(what) AS t $$;

CREATE OR REPLACE FUNCTION dovecot.sieve_moment(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00' $$;

-- To whom the mail of a list goes, and who may write to it where not everybody may. In parts of a hundred: Dovecot
-- remembers whom it sent a message to, so that a second try doubles nothing, for so many at a time; and what its dict
-- carries at a time ends at 64 KiB. A list of more sends to addresses of its parts (<id>.<part>@...), which send on.
CREATE VIEW dovecot.list_target AS
SELECT t.list_id, t.address, 1 + (row_number() OVER (PARTITION BY t.list_id ORDER BY t.address) - 1) / 100 AS part
FROM (
    SELECT m.list_id, v.address FROM mail.list_member m
    JOIN dovecot.mailbox v ON v.mailbox_id = m.mailbox_id AND v.is_primary
    UNION
    SELECT m.list_id, c.address FROM mail.list_member m JOIN mail.contact c ON c.id = m.contact_id
    UNION
    SELECT m.list_id, n.address FROM mail.list_member m JOIN dovecot.list n ON n.list_id = m.nested_id
) AS t;

CREATE VIEW dovecot.list_sender AS
SELECT s.list_id, s.address, 1 + (row_number() OVER (PARTITION BY s.list_id ORDER BY s.address) - 1) / 100 AS part
FROM (
    SELECT o.list_id, a.address FROM mail.list_owner o JOIN mail.address a ON a.mailbox_id = o.mailbox_id
    UNION
    SELECT m.list_id, a.address FROM mail.list_member m JOIN mail.list l ON l.id = m.list_id AND l.senders = 'members'
    JOIN mail.address a ON a.mailbox_id = m.mailbox_id
    UNION
    SELECT m.list_id, c.address FROM mail.list_member m JOIN mail.list l ON l.id = m.list_id AND l.senders = 'members'
    JOIN mail.contact c ON c.id = m.contact_id
) AS s;

-- How the script of a list begins: it lets through whom it should, and sends the others their mail back.
CREATE OR REPLACE FUNCTION dovecot.list_guard(list_id uuid, senders text, tenant_id uuid) RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT E'require ["envelope", "include", "reject", "variables"];\n' || CASE senders
        WHEN 'anyone' THEN ''
        WHEN 'internal' THEN 'if not envelope :domain :is "from" ' || dovecot.sieve_texts(
            ARRAY(SELECT d.name FROM mail.domain d WHERE coalesce(d.tenant_id, d.id) = $3)
        )
        ELSE E'global "conocido";\n'
            || coalesce(
                (SELECT string_agg(DISTINCT 'include :personal "quien-' || s.part || '";', '') FROM dovecot.list_sender s
                WHERE s.list_id = $1), ''
            )
            || E'\nif not string :is "${{conocido}}" "si"'
    END || CASE senders
        WHEN 'anyone' THEN ''
        ELSE E' {{\nreject "Esta lista no recibe correo de su direccion.";\nstop;\n}}\n'
    END
$$;

-- The Sieve script (RFC 5228) of a mailbox that is forwarded or answers by itself (RFC 5230), and that of a list: made of
-- the rows at every delivery, so an alias, a member or another address counts from the next message on.
CREATE VIEW dovecot.sieve AS
SELECT made.owner_id, made.name, md5(made.script) AS script_id, made.script
FROM (
    SELECT r.mailbox_id, 'active',
        E'require ["copy", "date", "envelope", "relational", "vacation"];\n'
        || CASE
            WHEN r.forward_to IS NULL THEN ''
            ELSE 'redirect ' || CASE WHEN r.keeps_copy THEN ':copy ' ELSE '' END || dovecot.sieve_text(r.forward_to) || E';\n'
        END
        || CASE
            WHEN r.reply_text IS NULL THEN ''
            ELSE 'if allof (true'
                || coalesce(', currentdate :zone "+0000" :value "ge" "iso8601" "' || dovecot.sieve_moment(r.reply_starts_at) || '"', '')
                || coalesce(', currentdate :zone "+0000" :value "lt" "iso8601" "' || dovecot.sieve_moment(r.reply_ends_at) || '"', '')
                || CASE r.reply_audience
                    WHEN 'internal' THEN ', envelope :domain :is "from" ' || dovecot.sieve_texts(r.reply_domains)
                    WHEN 'external' THEN ', not envelope :domain :is "from" ' || dovecot.sieve_texts(r.reply_domains)
                    ELSE ''
                END
                || E') {{\nvacation :days 3 :handle "'
                || md5(concat_ws('|', r.reply_subject, r.reply_text, r.reply_starts_at)) || '"'
                || coalesce(' :subject ' || dovecot.sieve_text(nullif(r.reply_subject, '')), '')
                || ' :addresses ' || dovecot.sieve_texts(ARRAY(SELECT a.address FROM mail.address a WHERE a.mailbox_id = r.mailbox_id))
                || E'\n' || dovecot.sieve_text(r.reply_text) || E';\n}}\n'
        END
    FROM mail.mailbox_rule r
    UNION ALL
    SELECT l.list_id, 'active',
        dovecot.list_guard(l.list_id, l.senders, l.tenant_id)
        -- Without a member that can be reached the mail would be kept where nobody reads it.
        || coalesce(
            (
                SELECT CASE
                    WHEN max(t.part) > 1 THEN (
                        SELECT string_agg('redirect ' || dovecot.sieve_text(l.list_id || '.' || n || '@' || l.domain_name) || ';', E'\n')
                        FROM generate_series(1, max(t.part)) AS n
                    )
                    ELSE string_agg('redirect ' || dovecot.sieve_text(t.address) || ';', E'\n' ORDER BY t.address)
                END
                FROM dovecot.list_target t WHERE t.list_id = l.list_id
            ),
            'reject "Esta lista no tiene a nadie que pueda recibir correo.";'
        ) || E'\n'
    FROM dovecot.list l
    UNION ALL
    SELECT l.list_id, 'parte-' || t.part,
        dovecot.list_guard(l.list_id, l.senders, l.tenant_id)
        || string_agg('redirect ' || dovecot.sieve_text(t.address) || E';\n', '' ORDER BY t.address)
    FROM dovecot.list l JOIN dovecot.list_target t ON t.list_id = l.list_id
    GROUP BY l.list_id, l.senders, l.tenant_id, t.part
    UNION ALL
    SELECT s.list_id, 'quien-' || s.part,
        E'require ["envelope", "include", "variables"];\nglobal "conocido";\nif envelope :is "from" '
        || dovecot.sieve_texts(array_agg(s.address)) || E' {{\nset "conocido" "si";\n}}\n'
    FROM dovecot.list_sender s GROUP BY s.list_id, s.part
) AS made (owner_id, name, script);

-- Whose folders somebody finds below "Compartidos": the grantee's id, the owner's address.
CREATE VIEW dovecot.shared_box AS
SELECT g.grantee_id::text AS to_user, v.address AS from_user, '1'::text AS dummy
FROM mail.mailbox_grant g
JOIN dovecot.mailbox v ON v.mailbox_id = g.mailbox_id AND v.is_primary
WHERE 'full' = ANY (g.access);

-- What Postfix asks: whom it takes mail for, and which sign-in may use an address as its sender.
CREATE VIEW dovecot.recipient AS
SELECT address FROM dovecot.mailbox UNION ALL SELECT address FROM dovecot.list;

CREATE VIEW dovecot.sender_login AS
SELECT v.address, v.mailbox_id::text AS login FROM dovecot.mailbox v
UNION ALL
SELECT v.address, g.grantee_id::text FROM dovecot.mailbox v
JOIN mail.mailbox_grant g ON g.mailbox_id = v.mailbox_id AND 'send_as' = ANY (g.access);

-- What the caretaker of a mail host has to do (caretaker.py).
CREATE VIEW dovecot.session_end AS SELECT mailbox_id, requested_at FROM mail.session_end;

CREATE VIEW dovecot.to_erase AS
SELECT
    id AS mailbox_id,
    purged_at,
    left(id::text, 2) || '/' || substr(id::text, 3, 2) || '/' || id::text AS directory
FROM mail.mailbox
WHERE purged_at IS NOT NULL AND erased_at IS NULL;

CREATE VIEW dovecot.grant_change AS SELECT mailbox_id, changed_at FROM mail.grant_change;

-- The file that says who may open a mailbox. Letters of RFC 4314, section 2.1: all but "a", administering.
CREATE VIEW dovecot.access_file AS
SELECT
    m.id AS mailbox_id,
    left(m.id::text, 2) || '/' || substr(m.id::text, 3, 2) || '/' || m.id::text AS directory,
    (
        SELECT string_agg('user=' || g.grantee_id || E' lrwstipekx\n', '' ORDER BY g.grantee_id)
        FROM mail.mailbox_grant g WHERE g.mailbox_id = m.id AND 'full' = ANY (g.access)
    ) AS content
FROM mail.mailbox m
WHERE m.purged_at IS NULL;

-- With the rights of the owner and a fixed search path, so that nobody's objects are taken for ours.
CREATE OR REPLACE FUNCTION dovecot.mark_erased(ids uuid[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog AS
$$ UPDATE mail.mailbox SET erased_at = now() WHERE id = ANY (ids) AND purged_at IS NOT NULL AND erased_at IS NULL $$;

CREATE OR REPLACE FUNCTION dovecot.prune_session_ends() RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog AS
$$ DELETE FROM mail.session_end WHERE requested_at < now() - interval '2 days' $$;

REVOKE ALL ON FUNCTION dovecot.mark_erased(uuid[]), dovecot.prune_session_ends(),
    dovecot.list_guard(uuid, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dovecot.mark_erased(uuid[]), dovecot.prune_session_ends(), dovecot.list_guard(uuid, text, uuid) TO {dovecot};

GRANT USAGE ON SCHEMA dovecot TO {dovecot};
GRANT SELECT ON dovecot.mailbox, dovecot.sign_in, dovecot.session_end, dovecot.to_erase, dovecot.list, dovecot.sieve,
    dovecot.shared_box, dovecot.recipient, dovecot.sender_login, dovecot.grant_change, dovecot.access_file TO {dovecot};
GRANT USAGE ON SCHEMA mail TO {dovecot};
GRANT SELECT, INSERT, UPDATE (used_bytes, message_count, mailbox_id) ON mail.mailbox_usage TO {dovecot};
