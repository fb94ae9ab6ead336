"""Ids as a source system gives them, brought into the one form in which its files are compared."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SHORT = 15
_CHECKS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", np.uint8)
_PLACES = np.array([1, 2, 4, 8, 16])


def full_salesforce_ids(ids: pa.Array) -> pa.Array:
    """Ids (n, null where there is none), those of 15 characters in Salesforce's form of 18, all others as they are.

    Three characters are put behind, one for each five: it tells which of the five are capitals, the first one as the
    lowest bit, counted in A to Z and 0 to 5. Reports write 15 characters, exports 18. Source: CASESAFEID of Salesforce,
    step by step at codebycody.com/salesforces-algorithm-for-converting-ids-from-15-to-18-characters.
    """
    short = pc.match_substring_regex(ids, f"^[0-9A-Za-z]{{{SHORT}}}$")
    found = ids.filter(pc.fill_null(short, False))
    if not len(found):
        return ids
    text = np.frombuffer("".join(found.to_pylist()).encode("ascii"), np.uint8).reshape(-1, SHORT)
    capitals = ((text >= ord("A")) & (text <= ord("Z"))).reshape(-1, 3, 5)
    whole = np.hstack([text, _CHECKS[capitals @ _PLACES]])
    full = pa.FixedSizeBinaryArray.from_buffers(pa.binary(SHORT + 3), len(whole), [None, pa.py_buffer(whole.tobytes())])
    return pc.replace_with_mask(ids, pc.fill_null(short, False), full.cast(pa.binary()).cast(pa.string()))


IN_FULL: dict[str, Callable[[pa.Array], pa.Array]] = {"": lambda ids: ids, "salesforce": full_salesforce_ids}
"""How ids are brought into one form, by the word that a layout has for that form."""
