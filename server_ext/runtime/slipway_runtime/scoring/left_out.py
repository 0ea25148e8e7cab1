"""Packages that the notebook declares and the service does not have, for advice where one is missed."""

from typing import Any, Dict, List, Optional, Set

from .json_rules import own_json

_left_out: Dict[str, List[str]] = {}  # module: packages that bring it


def note_left_out(manifest: Dict[str, Any]) -> None:
    """Remembers which packages the notebook declares and the service does not have, by their modules."""
    _left_out.clear()
    try:
        for package in (manifest.get("packages") or {}).get("packages") or []:
            if package.get("kept") is False:
                for name in package.get("modules") or []:
                    _left_out.setdefault(name, []).append(package["name"])
    except (KeyError, TypeError, AttributeError):
        pass  # it serves advice alone


def left_out_words(error: Optional[BaseException]) -> str:
    """How to keep the package whose absence an exception comes from; empty where none was left out."""
    seen: Set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        name = error.name if isinstance(error, ModuleNotFoundError) else None
        found = sorted(set(_left_out.get((name or "").split(".")[0], [])))
        if found:
            return (
                "%s %s left out of this service, because no sample needed it. To keep it, deploy with %s, or "
                'write {"slipway": {"keep": %s}} into the notebook\'s metadata.'
                % (
                    " and ".join(found),
                    "was" if len(found) == 1 else "were",
                    " ".join("--keep %s" % package for package in found),
                    own_json.dumps(found),
                )
            )
        error = error.__cause__ or error.__context__
    return ""
