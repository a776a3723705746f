"""What the find box looks for among customers and cars, as functions: each connection plans their statements once.

A pattern that is not known when a statement is planned finds no btree.  A range does, whatever its bounds.
"""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Lower

PREFIX_END = """
-- The least text after all that begin with `prefix`, in the order of ~<~: by code point, of which U+D800 to U+DFFF are
-- none.  NULL when there is no such text, and when there is nothing to begin with.
CREATE FUNCTION prefix_end(prefix text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $find$
DECLARE
    raised text := nullif(rtrim(prefix, chr(1114111)), '');
    last integer := ascii(right(raised, 1));
BEGIN
    RETURN left(raised, -1) || chr(CASE last WHEN 55295 THEN 57344 ELSE last + 1 END);
END
$find$;
"""

HAS_MORE = """jsonb_array_length(words) <= 2 OR NOT EXISTS (
            SELECT FROM jsonb_array_elements_text(words - 0 - 0) other (word) WHERE NOT EXISTS (
                SELECT FROM customers_nameword x WHERE x.customer_id = w.customer_id
                    AND (starts_with(x.word, other.word) OR spelled->other.word ? x.word)))"""

NAMED = f"""
-- Customers who have all of `words`, or of what `spelled` gives for each, in order of the first of them.  Which of two
-- names is the rare one only the values tell, so this is planned each time; a third is looked for in those left.
-- MATERIALIZED: planned as if all were wanted, because the first ten of two frequent names may be far to seek.
CREATE FUNCTION customers_named(words jsonb, spelled jsonb, most integer) RETURNS TABLE (found_customer bigint)
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_custom_plan AS $find$
DECLARE
    first text := words->>0;
    next text := coalesce(words->>1, first);
BEGIN
    IF spelled IS NULL THEN
        RETURN QUERY WITH likely AS MATERIALIZED (
            SELECT w.customer_id, w.word FROM customers_nameword w
            WHERE w.word ~>=~ first AND w.word ~<~ prefix_end(first) AND EXISTS (
                SELECT FROM customers_nameword x
                WHERE x.customer_id = w.customer_id AND x.word ~>=~ next AND x.word ~<~ prefix_end(next))
        ) SELECT w.customer_id FROM likely w WHERE {HAS_MORE}
        ORDER BY w.word USING ~<~, w.customer_id LIMIT most;
    ELSE
        RETURN QUERY WITH likely AS MATERIALIZED (
            SELECT w.customer_id, w.word FROM customers_nameword w
            WHERE w.word = ANY (ARRAY(SELECT jsonb_array_elements_text(spelled->first))) AND w.customer_id IN (
                SELECT x.customer_id FROM customers_nameword x WHERE x.word ~>=~ next AND x.word ~<~ prefix_end(next)
                UNION SELECT x.customer_id FROM customers_nameword x
                WHERE x.word = ANY (ARRAY(SELECT jsonb_array_elements_text(spelled->next))))
        ) SELECT w.customer_id FROM likely w WHERE {HAS_MORE}
        ORDER BY w.word USING ~<~, w.customer_id LIMIT most;
    END IF;
END
$find$;
"""

FIND = """
-- Cars, then customers, that the text may mean: at most `most` by each thing it may be, best first.  Each rests on one
-- btree, so its cost does not grow with the number of customers.  `asked` is what customers.search makes of a query.
CREATE FUNCTION customers_find(asked jsonb, most integer) RETURNS TABLE (found_customer bigint, found_vehicle bigint)
LANGUAGE plpgsql STABLE ROWS 20 SET plan_cache_mode = force_generic_plan AS $find$
<<typed>>
DECLARE
    vin text := asked->>'vin_part';
    niv text := reverse(asked->>'vin_part');
    middle text := asked->>'vin_middle';
    plate text := asked->>'plate';
    phone text := asked->>'phone';
    digits text := asked->>'phone_part';
    stigid text := reverse(asked->>'phone_part');
    email text := asked->>'email';
    number text := asked->>'customer_number';
    street text := asked->>'street';
    policy text := asked->>'policy';
    word text := asked->'words'->>0;
BEGIN
    IF vin IS NOT NULL THEN
        RETURN QUERY SELECT NULL::bigint, v.id FROM customers_vehicle v
            WHERE v.vin_reversed ~>=~ niv AND v.vin_reversed ~<~ prefix_end(niv)
            ORDER BY v.vin_reversed USING ~<~ LIMIT most;
        RETURN QUERY SELECT NULL::bigint, v.id FROM customers_vehicle v
            WHERE v.vin ~>=~ typed.vin AND v.vin ~<~ prefix_end(typed.vin)
            ORDER BY v.vin USING ~<~ LIMIT most;
    END IF;
    IF middle IS NOT NULL THEN
        -- MATERIALIZED: planned as if all were wanted, which the trigrams are good at, and read no further than `most`.
        RETURN QUERY WITH holds AS MATERIALIZED (
                SELECT v.id FROM customers_vehicle v WHERE v.vin LIKE '%' || middle || '%'
            ) SELECT NULL::bigint, holds.id FROM holds LIMIT most;
        RETURN QUERY SELECT NULL::bigint, v.id FROM customers_vehicle v
            WHERE v.vin = ANY (ARRAY(SELECT jsonb_array_elements_text(asked->'vins')));
    END IF;
    IF plate IS NOT NULL THEN
        RETURN QUERY SELECT NULL::bigint, v.id FROM customers_vehicle v
            WHERE v.plate <> '' AND v.plate ~>=~ typed.plate AND v.plate ~<~ prefix_end(typed.plate)
            ORDER BY v.plate USING ~<~ LIMIT most;
    END IF;
    IF phone IS NOT NULL THEN
        RETURN QUERY SELECT p.customer_id, NULL::bigint FROM customers_contactpoint p
            WHERE p.value = phone LIMIT most;
    END IF;
    IF digits IS NOT NULL THEN
        RETURN QUERY SELECT p.customer_id, NULL::bigint FROM customers_contactpoint p
            WHERE p.digits <> '' AND p.digits ~>=~ typed.digits AND p.digits ~<~ prefix_end(typed.digits)
            ORDER BY p.digits USING ~<~ LIMIT most;
        RETURN QUERY SELECT p.customer_id, NULL::bigint FROM customers_contactpoint p
            WHERE p.digits <> '' AND p.digits_reversed ~>=~ stigid AND p.digits_reversed ~<~ prefix_end(stigid)
            ORDER BY p.digits_reversed USING ~<~ LIMIT most;
    END IF;
    IF email IS NOT NULL THEN
        RETURN QUERY SELECT p.customer_id, NULL::bigint FROM customers_contactpoint p
            WHERE p.value ~>=~ email AND p.value ~<~ prefix_end(email)
            ORDER BY p.value USING ~<~ LIMIT most;
    END IF;
    IF number IS NOT NULL THEN
        -- Numbers are kept by rooftop, and so is their index: asked for at each, it is a few probes.
        RETURN QUERY SELECT n.customer_id, NULL::bigint FROM dealership_rooftop r JOIN customers_customernumber n
            ON n.rooftop_id = r.id AND n.number IN (typed.number, upper(typed.number)) LIMIT most;
    END IF;
    IF street IS NOT NULL THEN
        RETURN QUERY SELECT a.customer_id, NULL::bigint FROM customers_address a
            WHERE lower(a.street) ~>=~ typed.street AND lower(a.street) ~<~ prefix_end(typed.street)
            ORDER BY lower(a.street) USING ~<~, a.customer_id LIMIT most;
    END IF;
    IF policy IS NOT NULL THEN
        RETURN QUERY SELECT NULL::bigint, v.id FROM customers_vehicle v
            WHERE v.policy_number <> '' AND v.policy_number = policy ORDER BY v.id LIMIT most;
    END IF;
    IF jsonb_array_length(asked->'words') > 1 OR asked ? 'spelled' THEN
        RETURN QUERY SELECT n.found_customer, NULL::bigint
            FROM customers_named(asked->'words', asked->'spelled', most) n;
    ELSIF word IS NOT NULL THEN
        RETURN QUERY SELECT w.customer_id, NULL::bigint FROM customers_nameword w
            WHERE w.word ~>=~ typed.word AND w.word ~<~ prefix_end(typed.word)
            ORDER BY w.word USING ~<~, w.customer_id LIMIT most;
    END IF;
END
$find$;
"""

LIKE = """
-- For each word, the eight known ones most like it, best first: what it may have been meant to be.  A quarter of their
-- letter triples must be the same: finds brandt for bradnt.
CREATE FUNCTION customers_words_like(words text[]) RETURNS TABLE (typed text, known text)
LANGUAGE plpgsql ROWS 16 AS $find$
BEGIN
    PERFORM set_config('pg_trgm.similarity_threshold', '0.25', true);
    RETURN QUERY SELECT asked.word, near.word FROM unnest(words) asked (word) CROSS JOIN LATERAL (
        SELECT k.word, similarity(k.word, asked.word) AS likeness FROM customers_knownword k
        WHERE k.word % asked.word ORDER BY likeness DESC, k.word LIMIT 8) near
        ORDER BY near.likeness DESC, near.word;
END
$find$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_consent_languages")]

    operations = [
        migrations.AddIndex(
            model_name="address",
            index=models.Index(OpClass(Lower("street"), name="text_pattern_ops"), name="address_street"),
        ),
        migrations.RunSQL(PREFIX_END, "DROP FUNCTION prefix_end(text)"),
        migrations.RunSQL(NAMED, "DROP FUNCTION customers_named(jsonb, jsonb, integer)"),
        migrations.RunSQL(FIND, "DROP FUNCTION customers_find(jsonb, integer)"),
        migrations.RunSQL(LIKE, "DROP FUNCTION customers_words_like(text[])"),
    ]
