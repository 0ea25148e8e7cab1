"""Asks a batched form and the predictor about the same rows: Python 3.6 syntax, standard library.

Rows are put together as a service does, only where they are alike (`rows.py` of the runtime), and after the
validator has seen each. `builder/batching.py` compares what comes out.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import random
import sys
import time

MOST_TOGETHER = 64
ALONE, RAISING = 8, 4  # rows of a kind that are asked about by themselves, and of those for which it raises
FEW = 5


def check(worker, functions, texts, samples, limit):
    """`texts` has rows as JSON, the first `samples` of which are samples: these are asked about in any case.

    The others are for as long as `limit` seconds have not passed. Answers

    {"singles": [[status, text] or None where time was up ...], "batches": [batch ...]}, each batch
    {"rows": [index ...], "outcomes": [[status, text] ...] or None, "words": why there are none}
    """
    return _Check(worker, functions, [worker.to_bytes(text) for text in texts], samples, limit).run()


class _Check:
    def __init__(self, worker, functions, contents, samples, limit):
        self.worker = worker
        self.rows, self.single = sys.modules[worker.jobs.Rows.__module__], worker.single
        self.functions = functions
        self.contents = contents
        self.samples = samples
        self.until = time.perf_counter() + limit

    def is_late(self):
        return time.perf_counter() > self.until

    def run(self):
        singles = []
        for index, content in enumerate(self.contents):
            late = index >= self.samples and self.is_late()
            singles.append(None if late else list(self.worker.score(self.functions, content)))
        batches = []
        for members in self.groups(singles):
            for batch in self.plan(members, singles):
                if batches and self.is_late() and any(index >= self.samples for index in batch):
                    continue
                batches.append(self.ask(batch))
        return {"singles": singles, "batches": batches}

    def groups(self, singles):
        """Indices of rows that a service would put together."""
        found = {}
        for index, outcome in enumerate(singles):
            if outcome is not None and outcome[0] not in (self.worker.MALFORMED, self.worker.REJECTED):
                value = self.worker.decode_sample(self.contents[index])
                found.setdefault(self.rows.likeness(value), []).append(index)
        return list(found.values())

    def plan(self, members, singles):
        """Batches of one, two, a few and all rows, in order and shuffled; those of samples alone first."""
        answered = [index for index in members if singles[index][0] != self.worker.RAISED]
        raising = [index for index in members if singles[index][0] == self.worker.RAISED]
        samples = [index for index in answered if index < self.samples]
        shuffled = list(answered)
        random.Random(len(members)).shuffle(shuffled)  # noqa: S311  the same each time
        found = _parts(samples, MOST_TOGETHER) + _parts(samples[::-1], FEW) + _parts(samples, 1)
        found += _parts(answered, MOST_TOGETHER) + _parts(shuffled, MOST_TOGETHER)
        found += _parts(shuffled, 2) + _parts(shuffled[::-1], FEW) + _parts(shuffled[:ALONE], 1)
        if answered:
            found.append(answered[-1:] + answered[:2] + answered[-1:])
        for index in raising[:RAISING]:
            found += [[index], answered[:1] + [index] + answered[1:2]]
        return list({tuple(batch): batch for batch in found}.values())

    def ask(self, batch):
        values = [self.worker.decode_sample(self.contents[index]) for index in batch]
        for value in values:
            self.single.refusal(self.functions, value)  # as a service does: it may change things
        outcomes, words = None, None
        try:
            found = self.rows.predictions(self.functions["batch_predictor"](values), len(values))
            outcomes = [self.outcome(scored) for scored in found]
        except self.rows.WrongCount as wrong:
            words = str(wrong)
        except Exception as error:
            words = "it raises %s" % self.single.said(error)
        return {"rows": batch, "outcomes": outcomes, "words": words}

    def outcome(self, scored):
        status, found = scored
        return list(self.single.encoded(found)) if status == self.worker.OK else [status, found]


def _parts(members, size):
    return [members[start : start + size] for start in range(0, len(members), size)]
