"""Keys that occur more than once are found, wherever they lie."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.steps.key import repeated

KEYS = st.integers(-4, 4) | st.integers(-(2**63), 2**63 - 1)


def test_a_key_in_two_batches_is_found_in_both() -> None:
    batches = [np.array([7, 8, -9]), np.array([-9, 10])]
    assert repeated(batches).tolist() == [2, 3]


def test_no_batch_holds_no_key_twice() -> None:
    assert repeated([]).tolist() == []


@given(batches=st.lists(st.lists(KEYS, max_size=8), max_size=5), at_once=st.integers(1, 20))
def test_the_parts_in_which_keys_are_sought_make_no_difference(batches: list[list[int]], at_once: int) -> None:
    every = [key for batch in batches for key in batch]
    expected = [index for index, key in enumerate(every) if every.count(key) > 1]
    assert repeated([np.array(batch, np.int64) for batch in batches], at_once).tolist() == expected
