"""The second gate to rows that are written once: what a retention policy keeps no longer (docs/decisions/0012-erasure.md).

Like erase_kept it belongs to the owner of the tables and takes no words, column or table: only which policy, and how
many rows at most.  That the policy is in force, and that a row is older than it says, it looks up by itself, by the
database's own clock.
"""

from django.db import migrations

GATE = """
CREATE FUNCTION purge_kept(policy bigint, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $gate$
DECLARE
    kind text;
    older_than timestamptz;
    gone bigint;
    before text := coalesce(nullif(current_setting('pgtrigger.ignore', true), ''), '{}');
BEGIN
    SELECT p.what, now() - make_interval(months => p.months) INTO kind, older_than
    FROM customers_retentionpolicy p
    WHERE p.id = policy AND p.effective_date <= CURRENT_DATE AND NOT EXISTS (
        SELECT FROM customers_retentionpolicy newer
        WHERE newer.what = p.what AND newer.effective_date <= CURRENT_DATE
          AND (newer.effective_date, newer.id) > (p.effective_date, p.id));
    IF kind IS NULL OR kind NOT IN ('looks', 'voices') THEN
        RAISE EXCEPTION 'purge_kept: % is no policy in force on what is written once', policy;
    END IF;

    PERFORM set_config('pgtrigger.ignore', (
        SELECT array_agg(DISTINCT tgname)::text FROM pg_trigger
        WHERE tgname ~ '^pgtrigger_(append_only|words_stay)_[0-9a-f]+$'), true);
    IF kind = 'looks' THEN
        -- The oldest stand first, so that nothing is read when nothing is due.
        DELETE FROM customers_look USING (SELECT id FROM customers_look ORDER BY id LIMIT most) oldest
        WHERE customers_look.id = oldest.id AND customers_look.at < older_than;
    ELSE
        UPDATE customers_feedback SET words = 'Erased', visit = '', place = '', link = '', source = '', key = NULL,
            given_name = '', given_contact = '', matched_how = ''
        WHERE id IN (
            SELECT f.id FROM customers_feedback f
            LEFT JOIN customers_complaint c ON c.id = f.complaint_id
            WHERE f.recorded_at < older_than AND f.words <> 'Erased' AND (c.id IS NULL OR c.closed_at < older_than)
            ORDER BY f.id LIMIT most);
    END IF;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('pgtrigger.ignore', before, true);
    RETURN gone;
END
$gate$;
REVOKE ALL ON FUNCTION purge_kept(bigint, int) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("sales_handoff", "0010_erase_kept"), ("customers", "0014_all_that_is_kept")]

    operations = [migrations.RunSQL(GATE, "DROP FUNCTION purge_kept(bigint, int)")]
