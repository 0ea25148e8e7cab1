"""FastAPI, twice: `app` as its documentation has it for what blocks, `on_the_loop` as a coroutine.

A function is called in a thread, so that other requests go on. A coroutine that predicts saves the way there
and back, and while it predicts its process answers nothing else, health included.
"""

from __future__ import annotations

import model
from fastapi import FastAPI, HTTPException

app = FastAPI()
on_the_loop = FastAPI()


@app.post("/predict")
def predict(sample: list[float]) -> int:
    if not model.valid(sample):
        raise HTTPException(422)
    return model.predict(sample)


@on_the_loop.post("/predict")
async def predict_on_the_loop(sample: list[float]) -> int:
    return predict(sample)
