"""What the web may do to the tables it does not own."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, models
from psycopg import sql

from dealership.embedded.postgres import WEB_ROLE

WRITTEN_ONCE = "append_only"
"""The name of the trigger that marks an append-only table: see dealership.append_only."""

GATES = ("erase_kept(bigint, bigint[])", "purge_kept(bigint, integer)")
"""Functions that do with the owner's rights the one thing that the web may not: see docs/decisions/0012-erasure.md."""


def is_written_once(model: type[models.Model]) -> bool:
    return any(trigger.name == WRITTEN_ONCE for trigger in getattr(model._meta, "triggers", []))


class Command(BaseCommand):
    help = (
        "Let the web's database role read and write every table, and only read and add to append-only ones. "
        "Run as the tables' owner, after migrate; `migrate` runs it by itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(WEB_ROLE)
        written_once = sorted(
            model._meta.db_table for model in apps.get_models() if model._meta.managed and is_written_once(model)
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WEB_ROLE])
            if not cursor.fetchone():
                self.stdout.write(f"There is no database role {WEB_ROLE} here, so nothing was granted.")
                return
            have = set(connection.introspection.table_names(cursor))
            everything = sql.SQL("ALL {} IN SCHEMA public TO {}")
            for granted, kind in (
                ("SELECT, INSERT, UPDATE, DELETE", "TABLES"),
                ("USAGE, SELECT", "SEQUENCES"),
            ):
                cursor.execute(
                    sql.SQL("GRANT {} ON {}").format(sql.SQL(granted), everything.format(sql.SQL(kind), role))
                )
            for table in written_once:
                if table in have:
                    cursor.execute(
                        sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), role)
                    )
            for gate in GATES:
                cursor.execute("SELECT to_regprocedure(%s)", [gate])
                if cursor.fetchone()[0]:
                    cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(gate), role))
        if options["verbosity"]:
            self.stdout.write(f"{WEB_ROLE} may write all tables and only add to {', '.join(written_once) or 'none'}.")
