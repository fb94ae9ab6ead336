"""The scale of a column of probabilities: where every value could be a fraction, percent would be a guess."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import RunError
from schemas.mapping import Mapping

ONE_PERCENT = pa.scalar("0.01").cast(pa.decimal128(7, 6))
NOTHING = pa.scalar("0").cast(pa.decimal128(7, 6))


@dataclass
class Scale:
    """How many probabilities are between 0 and 1 percent, which fit a fraction too, and how many are above."""

    both: int = 0
    percent: int = 0

    def see(self, rows: pa.Table, mapping: Mapping) -> None:
        """Count the probabilities of a batch (n rows, fractions from 0 to 1) that was read as percent."""
        if "probability" in rows.column_names and mapping.layout.probability == "percent":
            values = rows["probability"]
            above = pc.greater(values, ONE_PERCENT)
            self.percent += pc.sum(above).as_py() or 0
            self.both += pc.sum(pc.and_(pc.greater(values, NOTHING), pc.less(values, ONE_PERCENT))).as_py() or 0

    def require_one(self, mapping: Mapping) -> None:
        """Refuse a file whose probabilities can be read in two ways, with the evidence."""
        if self.both and not self.percent:
            raise RunError(
                f"'{mapping.spelled('probability')}': {self.both} values such as 0.4 fit both fractions and percent, "
                "0 decide: 0.4 can mean 40 % or 0.4 %.",
                'Write percent, such as 40; or read fractions by a layout of your own with probability = "fraction".',
            )
