"""The find box's one statement as functions, so that each connection plans it once."""

from django.db import migrations

MOST = 10

WRITTEN = "concat_ws(' ', u.typed->>'first_name', u.typed->>'last_name', u.typed->>'business_name')"

# Does the customer or the car of a row fit the text?  For rows few enough to be looked at one by one.
FITS = """
strpos(v.vin, typed.vin) > 0 OR starts_with(v.plate, typed.plate)
OR v.policy_number <> '' AND v.policy_number = typed.policy
OR typed.street IS NOT NULL AND EXISTS (
    SELECT FROM customers_address d WHERE d.customer_id = {row}.customer_id AND starts_with(lower(d.street), typed.street))
OR typed.reach AND EXISTS (
    SELECT FROM customers_contactpoint p WHERE p.customer_id = {row}.customer_id AND (
        p.value = typed.phone OR starts_with(p.value, typed.email) OR p.digits <> '' AND (
            starts_with(p.digits, typed.digits) OR starts_with(p.digits_reversed, reverse(typed.digits)))))
OR typed.word IS NOT NULL AND EXISTS (
    SELECT FROM customers_nameword x WHERE x.customer_id = {row}.customer_id
        AND (starts_with(x.word, typed.word) OR typed.spelled->typed.word ? x.word)
) AND NOT EXISTS (
    SELECT FROM jsonb_array_elements_text(typed.words - 0) other (word) WHERE NOT EXISTS (
        SELECT FROM customers_nameword x WHERE x.customer_id = {row}.customer_id
            AND (starts_with(x.word, other.word) OR typed.spelled->other.word ? x.word)))
"""

HITS = f"""
-- What the text may mean, in the order it is shown: here at this rooftop, due from `starts` to `ends`, then the rest.
CREATE FUNCTION service_lane_hits(asked jsonb, at_rooftop bigint, starts timestamptz, ends timestamptz) RETURNS TABLE (
    place text, order_id bigint, write_up_id bigint, appointment_id bigint, customer_id bigint, vehicle_id bigint
) LANGUAGE plpgsql STABLE ROWS 20 SET plan_cache_mode = force_generic_plan AS $find$
#variable_conflict use_column
<<typed>>
DECLARE
    vin text := asked->>'vin_part';
    plate text := asked->>'plate';
    phone text := asked->>'phone';
    digits text := asked->>'phone_part';
    email text := asked->>'email';
    street text := asked->>'street';
    policy text := asked->>'policy';
    reach boolean := asked ?| ARRAY['phone', 'phone_part', 'email'];
    words jsonb := asked->'words';
    word text := asked->'words'->>0;
    spelled jsonb := asked->'spelled';
    number text := asked->>'ro_number';
    tag text := coalesce(asked->>'tag', asked->>'ro_number');
BEGIN
    RETURN QUERY SELECT 'here', o.id, NULL::bigint, NULL::bigint, o.customer_id, o.vehicle_id
        FROM service_lane_repairorder o LEFT JOIN customers_vehicle v ON v.id = o.vehicle_id
        WHERE o.rooftop_id = at_rooftop AND o.status = 'open' AND o.source = 'lane' AND (
            {FITS.format(row="o")} OR starts_with(o.number, typed.number)
            OR upper(replace(o.tag, ' ', '')) = typed.tag)
        ORDER BY o.promised_at NULLS LAST, o.id LIMIT {MOST};
    RETURN QUERY SELECT 'here', NULL::bigint, u.id, NULL::bigint, u.customer_id, u.vehicle_id
        FROM service_lane_writeup u LEFT JOIN customers_vehicle v ON v.id = u.vehicle_id
        WHERE u.rooftop_id = at_rooftop AND u.repair_order_id IS NULL AND u.dropped_at IS NULL AND (
            {FITS.format(row="u")} OR starts_with(upper(u.typed->>'plate'), typed.plate)
            OR typed.word IS NOT NULL AND NOT EXISTS (
                SELECT FROM jsonb_array_elements_text(typed.words) asked (word)
                WHERE strpos(lower({WRITTEN}), asked.word) = 0))
        ORDER BY u.started_at, u.id LIMIT {MOST};
    RETURN QUERY SELECT 'due', NULL::bigint, NULL::bigint, a.id, a.customer_id, a.vehicle_id
        FROM service_lane_appointment a LEFT JOIN customers_vehicle v ON v.id = a.vehicle_id
        WHERE a.rooftop_id = at_rooftop AND a.written_up_at IS NULL AND a.canceled_at IS NULL
            AND a.due_at >= starts AND a.due_at < ends AND ({FITS.format(row="a")})
        ORDER BY a.due_at, a.id LIMIT {MOST};
    IF typed.number IS NOT NULL THEN
        RETURN QUERY SELECT 'past', o.id, NULL::bigint, NULL::bigint, o.customer_id, o.vehicle_id
            FROM service_lane_repairorder o
            WHERE o.number ~>=~ typed.number AND o.number ~<~ prefix_end(typed.number) AND o.rooftop_id = at_rooftop
                AND NOT (o.status = 'open' AND o.source = 'lane')
            ORDER BY o.number USING ~<~, o.id LIMIT {MOST};
    END IF;
    RETURN QUERY SELECT 'past', NULL::bigint, NULL::bigint, NULL::bigint, f.found_customer, f.found_vehicle
        FROM customers_find(asked, {MOST}) f;
END
$find$;
"""

FIND = f"""
-- The rows found, dressed to be shown: the fields of service_lane.find.Found.  The household is the customer's, or else
-- that of anybody who has a role for the car.
CREATE FUNCTION service_lane_find(asked jsonb, at_rooftop bigint, starts timestamptz, ends timestamptz) RETURNS TABLE (
    place text, order_id bigint, write_up_id bigint, appointment_id bigint, customer_id bigint, vehicle_id bigint,
    name text, phone text, plate text, vin text, year smallint, make text, model text, body text, color text,
    number text, tag text, step text, status text, at timestamptz, cars text, last_seen timestamptz,
    household_id bigint, household text, members text[], household_cars text[]
) LANGUAGE plpgsql STABLE ROWS 20 SET plan_cache_mode = force_generic_plan AS $find$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT
        hit.place, hit.order_id, hit.write_up_id, hit.appointment_id, c.id, v.id,
        coalesce(c.name, trim({WRITTEN})),
        coalesce(reach.value, ''), coalesce(v.plate, u.typed->>'plate', ''), coalesce(v.vin, ''), v.year,
        coalesce(v.make, ''), coalesce(v.model, ''), coalesce(v.body::text, ''), coalesce(v.color, ''),
        coalesce(o.number, ''), coalesce(o.tag::text, ''), coalesce(o.step, a.purpose, ''),
        coalesce(o.status::text, ''),
        CASE WHEN hit.place = 'past' THEN o.opened_at ELSE coalesce(o.promised_at, a.due_at, u.started_at) END,
        coalesce(owned.cars, ''), seen.opened_at, h.id, coalesce(h.name, ''),
        ARRAY(SELECT m.name FROM customers_customer m WHERE m.household_id = h.id ORDER BY m.name, m.id),
        ARRAY(
            SELECT concat_ws(' ', w.year, coalesce(nullif(w.model, ''), w.make)) FROM customers_vehicle w
            WHERE w.gone_date IS NULL AND w.id IN (
                SELECT t.vehicle_id FROM customers_customer m JOIN customers_tie t ON t.customer_id = m.id
                WHERE m.household_id = h.id AND t.until_date IS NULL)
            ORDER BY w.id)
    FROM service_lane_hits(asked, at_rooftop, starts, ends) WITH ORDINALITY
        hit (place, order_id, write_up_id, appointment_id, customer_id, vehicle_id, nth)
    LEFT JOIN LATERAL (
        SELECT t.customer_id FROM customers_tie t
        WHERE hit.customer_id IS NULL AND t.vehicle_id = hit.vehicle_id AND t.until_date IS NULL
        ORDER BY t.kind <> 'owns', t.id LIMIT 1) tied ON true
    LEFT JOIN customers_customer c ON c.id = coalesce(hit.customer_id, tied.customer_id)
    LEFT JOIN customers_vehicle v ON v.id = hit.vehicle_id
    LEFT JOIN service_lane_repairorder o ON o.id = hit.order_id
    LEFT JOIN service_lane_appointment a ON a.id = hit.appointment_id
    LEFT JOIN service_lane_writeup u ON u.id = hit.write_up_id
    LEFT JOIN customers_household h ON h.id = coalesce(c.household_id, (
        SELECT m.household_id FROM customers_tie t JOIN customers_customer m ON m.id = t.customer_id
        WHERE t.vehicle_id = hit.vehicle_id AND t.until_date IS NULL AND m.household_id IS NOT NULL
        ORDER BY t.id LIMIT 1))
    LEFT JOIN LATERAL (
        SELECT p.value FROM customers_contactpoint p WHERE p.customer_id = c.id AND p.kind = 'phone'
        ORDER BY p.preferred DESC, p.id LIMIT 1) reach ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(car.words, ', ' ORDER BY car.newest DESC) AS cars FROM (
            SELECT concat_ws(' ', w.year, coalesce(nullif(w.model, ''), w.make)) AS words, max(t.id) AS newest
            FROM customers_tie t JOIN customers_vehicle w ON w.id = t.vehicle_id
            WHERE hit.vehicle_id IS NULL AND t.customer_id = c.id AND t.until_date IS NULL
            GROUP BY w.id ORDER BY newest DESC LIMIT 3) car) owned ON true
    LEFT JOIN LATERAL (
        SELECT past.opened_at FROM service_lane_repairorder past
        WHERE hit.place = 'past' AND hit.order_id IS NULL AND past.customer_id = c.id
            AND past.rooftop_id = at_rooftop AND past.status <> 'void'
        ORDER BY past.opened_at DESC, past.id DESC LIMIT 1) seen ON true
    WHERE c.merged_into_id IS NULL
    ORDER BY hit.nth;
END
$find$;
"""


class Migration(migrations.Migration):
    dependencies = [("service_lane", "0012_order_erased"), ("customers", "0017_find_planned_once")]

    operations = [
        migrations.RunSQL(HITS, "DROP FUNCTION service_lane_hits(jsonb, bigint, timestamptz, timestamptz)"),
        migrations.RunSQL(FIND, "DROP FUNCTION service_lane_find(jsonb, bigint, timestamptz, timestamptz)"),
    ]
