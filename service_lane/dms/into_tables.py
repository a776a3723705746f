"""Staged rows put together and merged into our tables, one statement per table, in one transaction of the caller.

The statements name the columns of customers.models and service_lane.models.  Each writes only rows that differ, so the
same file again changes nothing.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from psycopg import Cursor

from service_lane.dms.stage import Found, copied, copy

# --- what the file says, put together ---------------------------------------------------------------------------------

# The last word on an order counts.  %(zone)s is the rooftop's: the file's times are its wall clock.
ORDERS = """
CREATE TEMPORARY TABLE dms_order AS
SELECT said.*, opened AT TIME ZONE %(zone)s AS opened_at,
       greatest(opened AT TIME ZONE %(zone)s, closed::timestamp AT TIME ZONE %(zone)s) AS finished_at,
       promised AT TIME ZONE %(zone)s AS promised_at, taxed.tax, taxed.pay_types,
       EXISTS (SELECT FROM dms_incomplete i WHERE i.number = said.number) AS incomplete
FROM (SELECT DISTINCT ON (number) * FROM dms_said ORDER BY number, seq DESC) said
JOIN (SELECT number, sum(tax) AS tax, string_agg(DISTINCT pay_type, '' ORDER BY pay_type) AS pay_types
      FROM dms_line GROUP BY number) taxed USING (number)
"""

# Of each fact about a customer the newest that is not blank.
PEOPLE = """
CREATE TEMPORARY TABLE dms_person AS
SELECT told.*, coalesce(known.customer_id, nextval(pg_get_serial_sequence('customers_customer', 'id'))) AS customer_id,
       known.customer_id IS NULL AS is_new, known.customer_id IS NULL AS follow
FROM (
    SELECT customer_number,
           (array_agg(first_name ORDER BY opened_at DESC, number DESC))[1] AS first_name,
           (array_agg(last_name ORDER BY opened_at DESC, number DESC))[1] AS last_name,
           (array_agg(business_name ORDER BY opened_at DESC, number DESC))[1] AS business_name,
           (array_agg(street ORDER BY opened_at DESC, number DESC) FILTER (WHERE street <> ''))[1] AS street,
           (array_agg(city ORDER BY opened_at DESC, number DESC) FILTER (WHERE street <> ''))[1] AS city,
           (array_agg(region ORDER BY opened_at DESC, number DESC) FILTER (WHERE street <> ''))[1] AS region,
           (array_agg(postal_code ORDER BY opened_at DESC, number DESC) FILTER (WHERE street <> ''))[1] AS postal_code,
           (array_agg(phone ORDER BY opened_at DESC, number DESC) FILTER (WHERE phone <> ''))[1] AS phone,
           (array_agg(email ORDER BY opened_at DESC, number DESC) FILTER (WHERE email <> ''))[1] AS email,
           bool_or(do_not_message) AS do_not_message,
           min(opened)::date AS first_date,
           max(opened_at) AS last_at
    FROM dms_order GROUP BY customer_number
) told
LEFT JOIN customers_customernumber known
       ON known.rooftop_id = %(rooftop)s AND known.number = told.customer_number
"""

CARS = """
CREATE TEMPORARY TABLE dms_car AS
SELECT vin,
       (array_agg(year ORDER BY opened_at DESC, number DESC) FILTER (WHERE year IS NOT NULL))[1] AS year,
       (array_agg(make ORDER BY opened_at DESC, number DESC))[1] AS make,
       (array_agg(model ORDER BY opened_at DESC, number DESC))[1] AS model,
       coalesce((array_agg(plate ORDER BY opened_at DESC, number DESC) FILTER (WHERE plate <> ''))[1], '') AS plate,
       (array_agg(customer_number ORDER BY opened_at DESC, number DESC))[1] AS customer_number,
       max(opened_at) AS last_at, max(opened)::date AS last_date
FROM dms_order WHERE vin <> '' GROUP BY vin
"""

ANALYZE_STAGED = """
ANALYZE dms_order (number, customer_number, vin), dms_person (customer_number, customer_id), dms_car (vin)
"""

# --- into the tables --------------------------------------------------------------------------------------------------

NEW_CUSTOMERS = """
INSERT INTO customers_customer (id, kind, first_name, last_name, business_name, language, since_date, created_at)
SELECT customer_id, CASE business_name WHEN '' THEN 'person' ELSE 'business' END,
       first_name, last_name, business_name, 'en', first_date, %(at)s::timestamptz
FROM dms_person WHERE is_new ORDER BY customer_id
"""

NEW_NUMBERS = """
INSERT INTO customers_customernumber (rooftop_id, number, customer_id)
SELECT %(rooftop)s, customer_number, customer_id FROM dms_person WHERE is_new ORDER BY customer_number
"""

# A car belongs to the group, so another rooftop's newer visit or a person's correction outranks this file.
VEHICLES = """
INSERT INTO customers_vehicle AS ours
       (vin, plate, plate_region, year, make, model, trim, body, color, created_at)
SELECT vin, plate, '', year, make, model, '', 'sedan', '', %(at)s::timestamptz FROM dms_car ORDER BY vin
ON CONFLICT (vin) DO UPDATE
SET plate = coalesce(nullif(excluded.plate, ''), ours.plate),
    year = coalesce(excluded.year, ours.year),
    make = coalesce(nullif(excluded.make, ''), ours.make),
    model = coalesce(nullif(excluded.model, ''), ours.model)
WHERE ours.edited_at IS NULL
  AND (ours.plate, ours.year, ours.make, ours.model) IS DISTINCT FROM
      (coalesce(nullif(excluded.plate, ''), ours.plate), coalesce(excluded.year, ours.year),
       coalesce(nullif(excluded.make, ''), ours.make), coalesce(nullif(excluded.model, ''), ours.model))
  AND NOT EXISTS (
      SELECT FROM service_lane_repairorder visit JOIN dms_car ON dms_car.vin = excluded.vin
      WHERE visit.vehicle_id = ours.id AND visit.opened_at > dms_car.last_at)
"""

# An order written here is never touched.  A blank in the file does not take away what an earlier file said.
REPAIR_ORDERS = """
INSERT INTO service_lane_repairorder AS ours
       (rooftop_id, number, source, status, customer_id, vehicle_id, advisor_name,
        opened_at, closed_at, voided_at, promised_at, odometer_in, odometer_out, stay, is_comeback, dms_tax,
        pay_types, dms_import_id, purpose, plan, tag, contact_name, contact_channel, contact_value, designee_name,
        signed_name, signed_text, authorized_total, stage, step, sheet)
SELECT %(rooftop)s, o.number, 'dms', o.status, person.customer_id, car.id, o.advisor_name,
       o.opened_at, CASE o.status WHEN 'closed' THEN o.finished_at END,
       CASE o.status WHEN 'void' THEN coalesce(o.finished_at, o.opened_at) END,
       o.promised_at, o.odometer_in, o.odometer_out, CASE WHEN o.waits THEN 'waits' ELSE '' END, o.comeback, o.tax,
       o.pay_types, %(import)s::bigint, '', 'not_said', '', '', '', '', '', '', '', 0, 'in_shop', '', ''
FROM dms_order o
JOIN dms_person person USING (customer_number)
LEFT JOIN customers_vehicle car ON car.vin = o.vin
ORDER BY o.number
ON CONFLICT (rooftop_id, number) DO UPDATE
SET status = excluded.status, customer_id = excluded.customer_id,
    vehicle_id = coalesce(excluded.vehicle_id, ours.vehicle_id), advisor_name = excluded.advisor_name,
    opened_at = excluded.opened_at, closed_at = excluded.closed_at, voided_at = excluded.voided_at,
    promised_at = coalesce(excluded.promised_at, ours.promised_at),
    odometer_in = coalesce(excluded.odometer_in, ours.odometer_in),
    odometer_out = coalesce(excluded.odometer_out, ours.odometer_out),
    stay = excluded.stay, is_comeback = excluded.is_comeback, dms_tax = excluded.dms_tax,
    pay_types = excluded.pay_types, dms_import_id = excluded.dms_import_id
WHERE ours.source = 'dms'
  AND (ours.status, ours.customer_id, ours.vehicle_id, ours.advisor_name, ours.opened_at, ours.closed_at,
       ours.voided_at, ours.promised_at, ours.odometer_in, ours.odometer_out, ours.stay, ours.is_comeback,
       ours.dms_tax, ours.pay_types) IS DISTINCT FROM
      (excluded.status, excluded.customer_id, coalesce(excluded.vehicle_id, ours.vehicle_id), excluded.advisor_name,
       excluded.opened_at, excluded.closed_at, excluded.voided_at, coalesce(excluded.promised_at, ours.promised_at),
       coalesce(excluded.odometer_in, ours.odometer_in), coalesce(excluded.odometer_out, ours.odometer_out),
       excluded.stay, excluded.is_comeback, excluded.dms_tax, excluded.pay_types)
"""

MINE = """
CREATE TEMPORARY TABLE dms_mine AS
SELECT o.number, ours.id AS order_id, ours.vehicle_id, o.incomplete
FROM dms_order o JOIN service_lane_repairorder ours ON ours.rooftop_id = %(rooftop)s AND ours.number = o.number
WHERE ours.source = 'dms'
"""

ANALYZE_MINE = "ANALYZE dms_mine (number, order_id)"

LINES = """
INSERT INTO service_lane_serviceline AS ours
       (repair_order_id, line_code, position, concern, cause, correction, op_code, op_description, pay_type,
        technician, hours, labor, parts, misc)
SELECT mine.order_id, line_code, row_number() OVER (PARTITION BY number, line_code ORDER BY row),
       concern, cause, correction, op_code, op_description, pay_type, technician, hours, labor, parts, misc
FROM dms_line JOIN dms_mine mine USING (number)
ON CONFLICT (repair_order_id, line_code, position) DO UPDATE
SET (concern, cause, correction, op_code, op_description, pay_type, technician, hours, labor, parts, misc) =
    (excluded.concern, excluded.cause, excluded.correction, excluded.op_code, excluded.op_description,
     excluded.pay_type, excluded.technician, excluded.hours, excluded.labor, excluded.parts, excluded.misc)
WHERE (ours.concern, ours.cause, ours.correction, ours.op_code, ours.op_description, ours.pay_type, ours.technician,
       ours.hours, ours.labor, ours.parts, ours.misc) IS DISTINCT FROM
      (excluded.concern, excluded.cause, excluded.correction, excluded.op_code, excluded.op_description,
       excluded.pay_type, excluded.technician, excluded.hours, excluded.labor, excluded.parts, excluded.misc)
"""

# A line the newer export no longer has is gone from the DMS too; but a rejected row may be that very line.
LINES_GONE = """
WITH told AS MATERIALIZED (SELECT number, line_code, count(*) AS lines FROM dms_line GROUP BY number, line_code)
DELETE FROM service_lane_serviceline
WHERE id IN (SELECT ours.id
             FROM dms_mine mine
             JOIN service_lane_serviceline ours ON ours.repair_order_id = mine.order_id
             LEFT JOIN told ON told.number = mine.number AND told.line_code = ours.line_code
             WHERE NOT mine.incomplete AND ours.position > coalesce(told.lines, 0))
"""

# Whose facts may follow this file: nobody here corrected them, no other number shares them, no newer visit is known.
FOLLOWED = """
UPDATE dms_person SET follow = true
FROM customers_customer customer
WHERE customer.id = dms_person.customer_id AND customer.edited_at IS NULL AND NOT dms_person.is_new
  AND NOT EXISTS (SELECT FROM customers_customernumber other
                  WHERE other.customer_id = customer.id AND other.number <> dms_person.customer_number)
  AND NOT EXISTS (SELECT FROM service_lane_repairorder visit
                  WHERE visit.customer_id = customer.id AND visit.opened_at > dms_person.last_at)
"""

RENAMED = """
UPDATE customers_customer ours
SET kind = CASE said.business_name WHEN '' THEN 'person' ELSE 'business' END,
    first_name = said.first_name, last_name = said.last_name, business_name = said.business_name
FROM dms_person said
WHERE ours.id = said.customer_id AND said.follow AND NOT said.is_new
  AND (ours.first_name, ours.last_name, ours.business_name) IS DISTINCT FROM
      (said.first_name, said.last_name, said.business_name)
RETURNING ours.id
"""

SINCE = """
UPDATE customers_customer ours SET since_date = said.first_date
FROM dms_person said
WHERE ours.id = said.customer_id AND said.first_date < ours.since_date AND ours.edited_at IS NULL
"""

CONTACT_POINTS = """
INSERT INTO customers_contactpoint (customer_id, kind, value, digits, label, preferred, source)
SELECT customer_id, kind, value, CASE kind WHEN 'phone' THEN right(value, 10) ELSE '' END, '',
       NOT EXISTS (SELECT FROM customers_contactpoint other
                   WHERE other.customer_id = told.customer_id AND other.kind = told.kind AND other.preferred),
       %(source)s
FROM (SELECT customer_id, 'phone' AS kind, phone AS value FROM dms_person WHERE follow
      UNION ALL SELECT customer_id, 'email', email FROM dms_person WHERE follow) told
WHERE value IS NOT NULL
ORDER BY customer_id, kind
ON CONFLICT (customer_id, kind, value) DO NOTHING
RETURNING customer_id
"""

# Whom they may be is looked at again; who is new is looked at anyway.
TO_COMPARE = """
UPDATE customers_customer SET compared_at = NULL WHERE id = ANY(%(reached)s) AND compared_at IS NOT NULL
"""

# The newest number is the one to call, unless somebody here entered one; an export without a number changes nothing.
PREFERRED = """
UPDATE customers_contactpoint ours SET preferred = (ours.value = told.value)
FROM (SELECT customer_id, 'phone' AS kind, phone AS value FROM dms_person WHERE follow AND NOT is_new
      UNION ALL SELECT customer_id, 'email', email FROM dms_person WHERE follow AND NOT is_new) told
WHERE ours.customer_id = told.customer_id AND ours.kind = told.kind AND told.value IS NOT NULL
  AND ours.preferred IS DISTINCT FROM (ours.value = told.value)
  AND NOT EXISTS (SELECT FROM customers_contactpoint other
                  WHERE other.customer_id = ours.customer_id AND other.kind = ours.kind AND other.source <> %(source)s)
"""

ADDRESSES = """
INSERT INTO customers_address (customer_id, street, city, region, postal_code, source)
SELECT customer_id, street, city, region, postal_code, %(source)s
FROM dms_person WHERE follow AND street IS NOT NULL ORDER BY customer_id
ON CONFLICT (customer_id, street, postal_code) DO NOTHING
"""

# Whoever brought the car last owns it, as far as the DMS knows; what somebody here entered stands.
OWNERS = """
SELECT car.id AS vehicle_id, person.customer_id, dms_car.last_date
FROM dms_car
JOIN customers_vehicle car USING (vin)
JOIN dms_person person USING (customer_number)
WHERE NOT EXISTS (SELECT FROM customers_tie tie
                  WHERE tie.vehicle_id = car.id AND tie.kind = 'owns' AND tie.source <> %(source)s)
  AND NOT EXISTS (SELECT FROM service_lane_repairorder visit
                  WHERE visit.vehicle_id = car.id AND visit.opened_at > dms_car.last_at)
"""

TIES_ENDED = f"""
UPDATE customers_tie ours SET until_date = owner.last_date
FROM ({OWNERS}) owner
WHERE ours.vehicle_id = owner.vehicle_id AND ours.kind = 'owns' AND ours.until_date IS NULL
  AND ours.customer_id <> owner.customer_id
"""

TIES = f"""
INSERT INTO customers_tie (customer_id, vehicle_id, kind, source)
SELECT owner.customer_id, owner.vehicle_id, 'owns', %(source)s
FROM ({OWNERS}) owner
WHERE NOT EXISTS (SELECT FROM customers_tie tie
                  WHERE tie.vehicle_id = owner.vehicle_id AND tie.customer_id = owner.customer_id
                    AND tie.kind = 'owns')
ORDER BY owner.vehicle_id
"""

# Said once: a yes the customer gives here later is not taken back by the next file.
REFUSALS = """
INSERT INTO customers_consent (customer_id, purpose, channel, granted, words, text_version, source, at)
SELECT DISTINCT customer_id, use.purpose, 'any', false, %(refusal)s, 'BlockAutoMsg', %(refusal_source)s,
       %(at)s::timestamptz
FROM dms_person said
CROSS JOIN unnest(%(automated)s::text[]) use (purpose)
WHERE do_not_message
  AND NOT EXISTS (SELECT FROM customers_consent earlier
                  WHERE earlier.customer_id = said.customer_id AND earlier.purpose = use.purpose
                    AND earlier.source = %(refusal_source)s)
"""
# What waits for whom the file says so is not sent any more; what is being handed over this moment is left alone.
REFUSED_MESSAGES = """
UPDATE dealership_outboxmessage SET status = 'canceled', done_at = %(at)s, provider_answer = %(refusal)s
WHERE id IN (SELECT waiting.id FROM dealership_outboxmessage waiting
             JOIN customers_contactpoint point ON point.value = waiting."to"
             JOIN customers_consent said_no ON said_no.customer_id = point.customer_id
              AND said_no.source = %(refusal_source)s AND said_no.at = %(at)s AND said_no.purpose = waiting.use
             WHERE waiting.status = 'waiting' AND waiting.leased_until IS NULL
             FOR UPDATE OF waiting SKIP LOCKED)
"""

NAMES = """
SELECT id, name FROM customers_customer
WHERE id = ANY(%(renamed)s) OR id IN (SELECT customer_id FROM dms_person WHERE is_new)
"""
OLD_WORDS = "DELETE FROM customers_nameword WHERE customer_id = ANY(%(renamed)s)"
WORDS = """
INSERT INTO customers_nameword (customer_id, word) SELECT DISTINCT customer_id, word FROM dms_word
ON CONFLICT (customer_id, word) DO NOTHING
"""
KNOWN_WORDS = """
INSERT INTO customers_knownword (word) SELECT DISTINCT word FROM dms_word ORDER BY word ON CONFLICT (word) DO NOTHING
"""

SOURCE = "DMS"
REFUSAL_SOURCE = "DMS BlockAutoMsg"
AUTOMATED = ["repair_messages", "marketing", "satisfaction"]
"""The uses whose messages a machine writes.  Sales and paper-free records are asked for one by one, by a person."""
REFUSAL_WORDS = "No automated messages (BlockAutoMsg = Y in the dealer management system)."
# Two imports at one rooftop take turns: the first key says what is locked, the second is the rooftop.
LOCK = 0x444D53


def merge(
    cursor: Cursor[Any],
    *,
    rooftop_id: int,
    zone: str,
    import_id: int | None,
    at: datetime,
    words_of: Callable[[str], Iterable[str]],
) -> None:
    """Write what was staged, in the transaction of the caller.  Waits for another import at the rooftop to end.

    `words_of` folds a name into the words it is found by.  Raises psycopg.DataError when sums do not fit.
    """
    values = {
        "rooftop": rooftop_id,
        "zone": zone,
        "import": import_id,
        "at": at,
        "source": SOURCE,
        "refusal_source": REFUSAL_SOURCE,
        "refusal": REFUSAL_WORDS,
        "automated": AUTOMATED,
    }
    cursor.execute("SET LOCAL lock_timeout = '10min'; SET LOCAL work_mem = '64MB'")  # sorts stay in memory
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK, rooftop_id))
    cursor.execute("DROP TABLE IF EXISTS pg_temp.dms_order, pg_temp.dms_person, pg_temp.dms_car, pg_temp.dms_mine")
    for statement in (ORDERS, PEOPLE, CARS, ANALYZE_STAGED):
        cursor.execute(statement, values)
    for statement in (NEW_CUSTOMERS, NEW_NUMBERS, VEHICLES, REPAIR_ORDERS, MINE, ANALYZE_MINE, LINES, LINES_GONE):
        cursor.execute(statement, values)
    cursor.execute(FOLLOWED)
    values["renamed"] = [customer_id for (customer_id,) in cursor.execute(RENAMED).fetchall()]
    cursor.execute(SINCE, values)
    values["reached"] = [customer_id for (customer_id,) in cursor.execute(CONTACT_POINTS, values).fetchall()]
    people = (TO_COMPARE, PREFERRED, ADDRESSES, TIES_ENDED, TIES, REFUSALS, REFUSED_MESSAGES, OLD_WORDS)
    for statement in people:
        cursor.execute(statement, values)
    names = cursor.execute(NAMES, values).fetchall()
    cursor.execute("DELETE FROM dms_word")
    copy(cursor, "dms_word", [f"{pk}\t{copied((word,))}" for pk, name in names for word in words_of(name)])
    cursor.execute(WORDS)
    cursor.execute(KNOWN_WORDS)


# --- what is in the database, for the orders of the file --------------------------------------------------------------

COUNTS = """
SELECT count(*), count(*) FILTER (WHERE ours.status = 'void'), count(DISTINCT ours.vehicle_id),
       count(*) FILTER (WHERE ours.vehicle_id IS NULL),
       coalesce(sum(ours.dms_tax) FILTER (WHERE ours.status <> 'void'), 0),
       (SELECT count(*) FROM customers_customernumber n JOIN dms_person said ON said.customer_number = n.number
        WHERE n.rooftop_id = %(rooftop)s),
       (SELECT count(*) FROM customers_customernumber n JOIN dms_person said ON said.customer_number = n.number
        WHERE n.rooftop_id = %(rooftop)s
          AND EXISTS (SELECT FROM customers_consent said_no
                      WHERE said_no.customer_id = n.customer_id AND said_no.source = %(refusal_source)s))
FROM dms_mine mine JOIN service_lane_repairorder ours ON ours.id = mine.order_id
"""

SUMS = """
SELECT line.pay_type, sum(line.labor), sum(line.parts), sum(line.misc)
FROM dms_mine mine
JOIN service_lane_repairorder ours ON ours.id = mine.order_id AND ours.status <> 'void'
JOIN service_lane_serviceline line ON line.repair_order_id = ours.id
GROUP BY line.pay_type
"""


def figures(cursor: Cursor[Any], *, rooftop_id: int, found: Found) -> dict[str, Any]:
    """What the tables hold for the orders of the file just merged.  Sums leave out void orders; dollars as text."""
    values = {"rooftop": rooftop_id, "refusal_source": REFUSAL_SOURCE}
    counted = cursor.execute(COUNTS, values).fetchone()
    assert counted is not None  # An aggregate without GROUP BY always has its row.
    orders, void, vehicles, without_vin, tax, numbers, refusals = counted
    sums = {pay_type: dollars for pay_type, *dollars in cursor.execute(SUMS).fetchall()}
    return {
        "rows": found.rows,
        "repair_orders": orders,
        "void_repair_orders": void,
        "vehicles": vehicles,
        "repair_orders_without_vin": without_vin,
        "customer_numbers": numbers,
        "do_not_message_customers": refusals,
        "duplicate_rows": found.repeated,
        "rejected": [{"row": row.row, "reason": row.reason} for row in found.rejected],
        **{
            what: {pay_type: f"{sums.get(pay_type, (0, 0, 0))[position]:.2f}" for pay_type in "CWI"}
            for position, what in enumerate(("labor", "parts", "misc"))
        },
        "tax": f"{tax:.2f}",
    }
