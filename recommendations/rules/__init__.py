"""The pure rules of advice: values in, values out; no database, no clock.

grounds        why a line may exist at all
disclosure     what must be there before a line is shown, and what changed since it was
authorization  how far a total may pass what was authorized, when an estimate comes in writing, what a phone yes holds
wording        how hard a text is to read
record         the chain that makes a changed record show
papers         what each paper must carry
"""

from recommendations.rules.authorization import (
    Authority,
    AuthorizationPolicy,
    EstimateRule,
    PhoneConsent,
    Told,
    authority,
    estimate_refusal,
    missing_for_phone_consent,
)
from recommendations.rules.disclosure import (
    AS_ASKED,
    CAN_WAIT,
    NOW,
    Change,
    ChangedBy,
    LineFacts,
    difference,
    missing_to_present,
)
from recommendations.rules.grounds import (
    CAMPAIGN,
    FAILED_CHECK,
    GROUND_KINDS,
    INTERVAL,
    READING,
    REQUEST,
    SAVING,
    Ground,
    Saving,
    SavingRefused,
    life_saving,
    missing_ground,
    saving,
)
from recommendations.rules.papers import FACTS, PartsReturn, missing_of_teardown, missing_on_paper
from recommendations.rules.record import GENESIS, Break, ChainEntry, canonical_json, chain_hash, plain, verify_chain
from recommendations.rules.wording import (
    EASY_IN_SPANISH,
    HARDEST_GRADE,
    LONGEST_SENTENCE,
    reading_ease_es,
    reading_grade,
    syllables,
    syllables_es,
    words_per_sentence,
)

__all__ = [
    "AS_ASKED",
    "CAMPAIGN",
    "CAN_WAIT",
    "EASY_IN_SPANISH",
    "FACTS",
    "FAILED_CHECK",
    "GENESIS",
    "GROUND_KINDS",
    "HARDEST_GRADE",
    "INTERVAL",
    "LONGEST_SENTENCE",
    "NOW",
    "READING",
    "REQUEST",
    "SAVING",
    "Authority",
    "AuthorizationPolicy",
    "Break",
    "ChainEntry",
    "Change",
    "ChangedBy",
    "EstimateRule",
    "Ground",
    "LineFacts",
    "PartsReturn",
    "PhoneConsent",
    "Saving",
    "SavingRefused",
    "Told",
    "authority",
    "canonical_json",
    "chain_hash",
    "difference",
    "estimate_refusal",
    "life_saving",
    "missing_for_phone_consent",
    "missing_ground",
    "missing_of_teardown",
    "missing_on_paper",
    "missing_to_present",
    "plain",
    "reading_ease_es",
    "reading_grade",
    "saving",
    "syllables",
    "syllables_es",
    "verify_chain",
    "words_per_sentence",
]
