"""The one gate through which rows that are written once are blanked: docs/decisions/0012-erasure.md.

It belongs to the owner of the tables and runs with the owner's rights.  The web may call it (grant_web_role) and can do
nothing else to those tables.  It takes no words, no column and no table from whoever calls it: only which granted
erasure request, and which of that customer's orders the law no longer keeps.  It looks at both by itself.
"""

from django.db import migrations

ERASED = "'Erased'"


def words(column: str) -> str:
    """What a column says afterwards that may be empty or not: nothing stays nothing, for the constraints."""
    return f"CASE WHEN {column} = '' THEN '' ELSE {ERASED} END"


THEIR_HANDOFFS = "handoff_id IN (SELECT id FROM sales_handoff_handoff WHERE customer_id = ANY (people))"
OVER = "repair_order_id = ANY (lapsed)"
ADVISORIES = "(SELECT id FROM recommendations_advisory WHERE repair_order_id = ANY (lapsed))"
DECISIONS = f"(SELECT id FROM recommendations_decision WHERE advisory_id IN {ADVISORIES})"
PRESENTATIONS = "(SELECT id FROM recommendations_presentation WHERE repair_order_id = ANY (lapsed))"
INSPECTIONS = "(SELECT id FROM service_lane_inspection WHERE repair_order_id = ANY (lapsed))"

NOW = [
    ("customers_consent", "words = '', source = ''", "customer_id = ANY (people)"),
    ("customers_look", "why = ''", "customer_id = ANY (people)"),
    (
        "customers_feedback",
        f"words = {ERASED}, visit = '', place = '', link = '', source = '', key = NULL, given_name = '', "
        "given_contact = '', matched_how = ''",
        "customer_id = ANY (people) OR (customer_id IS NULL AND EXISTS (SELECT FROM customers_contactpoint c "
        "WHERE c.customer_id = ANY (people) AND (position(lower(c.value) IN lower(given_contact)) > 0 OR (c.digits <> '' "
        r"AND position(c.digits IN regexp_replace(given_contact, '\D', '', 'g')) > 0))))",
    ),
    (
        "sales_handoff_ask",
        f"""words = {words("words")}, reason = {words("reason")}, "where" = ''""",
        "customer_id = ANY (people)",
    ),
    ("sales_handoff_minefieldreading", "facts = '[]'", THEIR_HANDOFFS),
    ("sales_handoff_reassignment", f"reason = {ERASED}", THEIR_HANDOFFS),
    (
        "sales_handoff_evaluation",
        "inputs = jsonb_build_object('policy', inputs->'policy'), value_source = '', reasons = '[]', "
        "plain_reading = '', sheet = jsonb_build_object('cautions', sheet->'cautions', "
        "'year_of_payments', sheet->'year_of_payments')",
        "repair_order_id IN (SELECT id FROM service_lane_repairorder WHERE customer_id = ANY (people))",
    ),
    (
        "sales_handoff_preparedvisit",
        "facts = '{}'",
        "appointment_id IN (SELECT id FROM service_lane_appointment WHERE customer_id = ANY (people))",
    ),
    (
        "sales_handoff_appraisal",
        f"payoff = NULL, source = {ERASED}",
        "vehicle_id = ANY (cars)",
    ),
    (
        "recommendations_followupstep",
        "note = '', contact = ''",
        "follow_up_id IN (SELECT id FROM recommendations_followup WHERE customer_id = ANY (people))",
    ),
]
"""Table, what its personal columns say afterwards, and which rows: as soon as the request is granted."""

WITH_ORDER = [
    ("service_lane_signature", "svg = ''", OVER),
    ("recommendations_presentation", f"to_name = {ERASED}, to_contact = ''", OVER),
    (
        "recommendations_presentedline",
        f"""snapshot = snapshot || '{{"finding": "Erased", "ground_text": "Erased", "found_by": "", "es": {{}}, "evidence": {{}}}}'""",
        f"presentation_id IN {PRESENTATIONS}",
    ),
    (
        "recommendations_advisoryversion",
        f"finding_text = {words('finding_text')}, spanish = '{{}}'",
        f"advisory_id IN {ADVISORIES}",
    ),
    (
        "recommendations_answersignature",
        "svg = ''",
        f"id IN (SELECT signature_id FROM recommendations_decision WHERE id IN {DECISIONS})",
    ),
    (
        "recommendations_decision",
        f"question = {words('question')}, who_name = {ERASED}, contact_used = {words('contact_used')}, "
        f"reason = {words('reason')}",
        f"id IN {DECISIONS}",
    ),
    ("recommendations_questionreply", f"text = {ERASED}", f"question_id IN {DECISIONS}"),
    ("recommendations_estimatewaiver", f"signed_name = {ERASED}, words = {ERASED}", OVER),
    ("recommendations_invoice", "document = '{}'", OVER),
    (
        "recommendations_declinednotice",
        f"document = '{{}}', signed_name = {words('signed_name')}, svg = {words('svg')}, "
        f"witness = {words('witness')}",
        OVER,
    ),
    (
        "recommendations_recordentry",
        "payload = '{}'",
        f"{OVER} AND kind <> 'erased' AND EXISTS (SELECT FROM recommendations_recordentry said "
        "WHERE said.kind = 'erased' AND said.row_id = asked AND said.rooftop_id = t.rooftop_id "
        "AND said.repair_order_id = t.repair_order_id AND said.sequence > t.sequence AND said.payload->'entries' @> "
        "jsonb_build_array(jsonb_build_object('sequence', t.sequence, 'hash', t.hash)))",
    ),
]
"""As soon as the law no longer keeps the order.  An entry of the record goes only when a later one names it."""


def blanked(rows: list[tuple[str, str, str]]) -> str:
    return "\n    ".join(f"UPDATE {table} t SET {columns} WHERE {which};" for table, columns, which in rows)


ABOUT_THEM = """
        SELECT 'customers.customer', unnest(people)
        UNION ALL SELECT 'customers.complaint', id FROM customers_complaint WHERE customer_id = ANY (people)
        UNION ALL SELECT 'customers.feedback', id FROM customers_feedback WHERE customer_id = ANY (people)
        UNION ALL SELECT 'customers.purchase', id FROM customers_purchase WHERE customer_id = ANY (people)
        UNION ALL SELECT 'customers.checkin', id FROM customers_checkin WHERE customer_id = ANY (people)
        UNION ALL SELECT 'customers.followthrough', id FROM customers_followthrough WHERE customer_id = ANY (people)
        UNION ALL SELECT 'customers.referral', id FROM customers_referral WHERE ARRAY[sender_id, sent_id] && people
        UNION ALL SELECT 'customers.vehicle', unnest(cars)
        UNION ALL SELECT 'service_lane.appointment', id FROM service_lane_appointment WHERE customer_id = ANY (people)
        UNION ALL SELECT 'service_lane.writeup', id FROM service_lane_writeup WHERE customer_id = ANY (people)
        UNION ALL SELECT 'service_lane.photo', id FROM service_lane_photo
            WHERE repair_order_id IS NULL AND item_id IS NULL AND write_up_id IN (
                SELECT id FROM service_lane_writeup WHERE customer_id = ANY (people) AND repair_order_id IS NULL)
        UNION ALL SELECT 'recommendations.followup', id FROM recommendations_followup WHERE customer_id = ANY (people)
        UNION ALL SELECT 'sales_handoff.ask', id FROM sales_handoff_ask WHERE customer_id = ANY (people)
        UNION ALL SELECT 'sales_handoff.evaluation', id FROM sales_handoff_evaluation WHERE repair_order_id IN (
            SELECT id FROM service_lane_repairorder WHERE customer_id = ANY (people))
        UNION ALL SELECT 'sales_handoff.handoff', id FROM sales_handoff_handoff WHERE customer_id = ANY (people)
        UNION ALL SELECT 'dealership.inboundtext', id FROM dealership_inboundtext WHERE number = ANY (numbers)
        UNION ALL SELECT 'dealership.outboxmessage', id FROM dealership_outboxmessage WHERE "to" = ANY (numbers)
"""
ABOUT_ORDERS = f"""
        SELECT 'service_lane.repairorder', unnest(lapsed)
        UNION ALL SELECT 'service_lane.inspection', id FROM service_lane_inspection WHERE {OVER}
        UNION ALL SELECT 'service_lane.inspectionitem', id FROM service_lane_inspectionitem
            WHERE inspection_id IN {INSPECTIONS}
        UNION ALL SELECT 'service_lane.photo', p.id FROM service_lane_photo p
            LEFT JOIN service_lane_writeup w ON w.id = p.write_up_id
            LEFT JOIN service_lane_inspectionitem i ON i.id = p.item_id
            WHERE p.{OVER} OR w.{OVER} OR i.inspection_id IN {INSPECTIONS}
        UNION ALL SELECT 'recommendations.advisory', unnest(ARRAY{ADVISORIES})
        UNION ALL SELECT 'recommendations.presentation', unnest(ARRAY{PRESENTATIONS})
        UNION ALL SELECT 'recommendations.decision', unnest(ARRAY{DECISIONS})
        UNION ALL SELECT 'recommendations.questionreply', id FROM recommendations_questionreply
            WHERE question_id IN {DECISIONS}
        UNION ALL SELECT 'recommendations.customerlink', id FROM recommendations_customerlink WHERE {OVER}
        UNION ALL SELECT 'recommendations.invoice', id FROM recommendations_invoice WHERE {OVER}
        UNION ALL SELECT 'recommendations.estimatewaiver', id FROM recommendations_estimatewaiver WHERE {OVER}
        UNION ALL SELECT 'recommendations.declinednotice', id FROM recommendations_declinednotice WHERE {OVER}
        UNION ALL SELECT 'recommendations.partschoice', id FROM recommendations_partschoice WHERE {OVER}
"""

KEEPS_NUMBERS = r"""coalesce((SELECT jsonb_object_agg(said.key, said.value) FROM jsonb_each(t.detail) said
        WHERE jsonb_typeof(said.value) IN ('number', 'boolean') OR said.value #>> '{}' ~ '^-?\d{1,7}\.\d\d$'), '{}')"""
"""Amounts and ids are what totals and pages are made of; texts go."""


def trail(about: str) -> str:
    return f"""
    UPDATE dealership_entry t
    SET about_label = split_part(t.about_type, '.', 2) || ' ' || t.about_id,
        by_name = CASE WHEN t.by_id IS NULL AND t.by_name <> 'Lane' THEN 'Erased' ELSE t.by_name END,
        detail = {KEEPS_NUMBERS}
    FROM ({about}) AS theirs (type, id)
    WHERE t.about_type = theirs.type AND t.about_id = theirs.id;
"""


GATE = f"""
CREATE FUNCTION erase_kept(asked bigint, lapsed bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $gate$
#variable_conflict use_column
DECLARE
    whose bigint;
    people bigint[];
    called text;
    cars bigint[];
    numbers text[];
    before text := coalesce(nullif(current_setting('pgtrigger.ignore', true), ''), '{{}}');
BEGIN
    SELECT customer_id INTO whose FROM customers_privacyrequest
    WHERE id = asked AND kind = 'erasure' AND status = 'done';
    IF whose IS NULL THEN
        RAISE EXCEPTION 'erase_kept: request % is no granted erasure', asked;
    END IF;
    -- Records that went into theirs are theirs as well.
    SELECT array_agg(id) INTO people FROM customers_customer WHERE whose IN (id, merged_into_id);
    IF EXISTS (
        SELECT FROM unnest(lapsed) AS wanted (id)
        LEFT JOIN service_lane_repairorder o ON o.id = wanted.id AND o.customer_id = ANY (people) AND o.status <> 'open'
        LEFT JOIN dealership_rooftop r ON r.id = o.rooftop_id
        LEFT JOIN LATERAL (
            SELECT retention_years FROM recommendations_authorizationpolicy p
            WHERE p.jurisdiction = r.jurisdiction AND p.effective_date <= CURRENT_DATE
            ORDER BY p.effective_date DESC, p.id DESC LIMIT 1
        ) law ON true
        WHERE coalesce(
            (coalesce(o.closed_at, o.voided_at) AT TIME ZONE r.time_zone)::date
                + make_interval(years => law.retention_years) > (now() AT TIME ZONE r.time_zone)::date,
            true
        )
    ) THEN
        RAISE EXCEPTION 'erase_kept: an order is not theirs, or the law still keeps it';
    END IF;

    SELECT coalesce(array_agg(value), '{{}}') INTO numbers FROM customers_contactpoint mine
    WHERE customer_id = ANY (people) AND NOT EXISTS (
        SELECT FROM customers_contactpoint other WHERE other.value = mine.value AND other.customer_id <> ALL (people));
    SELECT coalesce(array_agg(DISTINCT vehicle_id), '{{}}') INTO cars FROM customers_tie mine
    WHERE customer_id = ANY (people) AND NOT EXISTS (
        SELECT FROM customers_tie other WHERE other.vehicle_id = mine.vehicle_id AND other.customer_id <> ALL (people));

    PERFORM set_config('pgtrigger.ignore', (
        SELECT array_agg(DISTINCT tgname)::text FROM pg_trigger
        WHERE tgname ~ '^pgtrigger_(append_only|shown_is_kept|words_stay)_[0-9a-f]+$'), true);
    {blanked(NOW)}
    {trail(ABOUT_THEM)}
    {blanked(WITH_ORDER)}
    {trail(ABOUT_ORDERS)}
    FOR called IN SELECT name FROM customers_customer WHERE id = ANY (people) LOOP
        IF position(' ' IN called) > 0 AND called NOT LIKE 'Erased customer %' AND NOT EXISTS (
            SELECT FROM customers_customer WHERE name = called AND id <> ALL (people)) THEN
            UPDATE dealership_entry
            SET about_label = replace(about_label, called, 'somebody erased'),
                by_name = replace(by_name, called, 'somebody erased'),
                detail = replace(detail::text, trim('"' FROM to_jsonb(called)::text), 'somebody erased')::jsonb
            WHERE position(called IN about_label) > 0 OR position(called IN by_name) > 0
                OR position(trim('"' FROM to_jsonb(called)::text) IN detail::text) > 0;
        END IF;
    END LOOP;
    PERFORM set_config('pgtrigger.ignore', before, true);
END
$gate$;
REVOKE ALL ON FUNCTION erase_kept(bigint, bigint[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sales_handoff", "0009_yes_of_a_merged_record"),
        ("recommendations", "0013_entry_erased"),
        ("service_lane", "0012_order_erased"),
        ("customers", "0009_privacy"),
    ]

    operations = [migrations.RunSQL(GATE, "DROP FUNCTION erase_kept(bigint, bigint[])")]
