"""What a service says of its model: names, metadata, the OpenAPI document (imported when it is asked for)."""

from __future__ import annotations

import functools
from pathlib import Path

from ..bundle import Manifest, Sample
from ..version import VERSION
from . import oip


class Description:
    """Of one bundle."""

    def __init__(
        self, bundle: Path, manifest: Manifest, samples: list[Sample], identity: str, max_body: int
    ) -> None:
        """`identity` is what the header Slipway-Release says."""
        self._bundle = bundle
        self._manifest = manifest
        self._samples = samples
        self._max_body = max_body
        self.identity = identity
        self.model = oip.Model(oip.model_name(manifest["title"]))
        self.runtime_version = VERSION

    @property
    def info(self) -> dict[str, str]:
        """Labels for metrics."""
        return {
            "name": self.model.name,
            "version": self.model.version,
            "release": self.identity,
            "python": self._manifest["python"]["version"],
            "slipway": self.runtime_version,
        }

    @functools.cached_property
    def _metadata(self) -> bytes:
        return oip.model_metadata(self.model, self._manifest.get("signature"))

    def model_metadata(self) -> bytes:
        return self._metadata

    def openapi(self, token_wanted: bool) -> bytes:
        """The document, as JSON. Raises OSError, BundleError."""
        from .openapi import openapi_json

        return openapi_json(
            self._bundle,
            self._manifest,
            self._samples,
            release=self.identity,
            token_wanted=token_wanted,
            max_body=self._max_body,
        )
