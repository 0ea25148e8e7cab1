"""Flask: what the 2018 post put around a predictor. Run as a script it is the development server."""

from __future__ import annotations

import logging
import sys

import model
from flask import Flask, Response, abort, jsonify, request

app = Flask(__name__)


@app.post("/predict")
def predict() -> Response:
    sample = request.get_json()
    if not model.valid(sample):
        abort(422)
    return jsonify(model.predict(sample))


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # nobody here writes a line a request
    app.run("127.0.0.1", int(sys.argv[1]))
