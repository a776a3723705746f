"""What is searched in a customer's words, by English and by Spanish stems: they are in either."""

from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable, SearchVector
from django.db.models.expressions import CombinedExpression

LANGUAGES = ("english", "spanish")


def searched(*fields: str) -> CombinedExpression:
    """The words of `fields`.  An index on a table and a search in it take the same one."""
    english, spanish = (SearchVector(*fields, config=language) for language in LANGUAGES)
    return english + spanish


def searched_for(text: str) -> SearchQueryCombinable:
    """What somebody typed into a search box: words in any order, "these together", -not."""
    english, spanish = (SearchQuery(text, config=language, search_type="websearch") for language in LANGUAGES)
    return english | spanish
