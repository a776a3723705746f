"""manage.py import_values FILE --rooftop CODE [--dry-run]: bring in a value guide."""

from sales_handoff.management.commands import import_list
from sales_handoff.models import ImportedFile


class Command(import_list.Command):
    help = "Bring in a value guide from a CSV file; docs/import-formats.md names its columns."
    kind = ImportedFile.Kind.VALUES
