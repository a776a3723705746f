"""The triggers that keep history as it was written."""

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers for a table whose rows are written once: no UPDATE, no DELETE, no TRUNCATE.

    A row-level trigger does not see TRUNCATE, hence the second one.  `grant_web_role` reads the first
    one's name and gives the web's database role SELECT and INSERT only.
    """
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="append_only_truncate",
            operation=pgtrigger.Truncate,
            when=pgtrigger.Before,
            level=pgtrigger.Statement,
            func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
        ),
    ]
