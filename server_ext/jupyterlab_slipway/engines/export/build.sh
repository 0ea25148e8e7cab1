#!/bin/sh
# Builds the image of release @RELEASE@ of @NAME@: ./build.sh [NAME:TAG]
# README.md tells of the variables ENGINE, RELEASE, CA_FILE and INDEX_FILE.
set -eu
context=$(dirname "$0")/context
tag=${1:-@IMAGE@}
engine=${ENGINE:-docker}

# Attestations would make an index of manifests of the image.
export BUILDX_NO_DEFAULT_ATTESTATIONS=1
# The display for terminals shows the last lines alone, and none of them once a step is done.
export BUILDKIT_PROGRESS="${BUILDKIT_PROGRESS:-plain}"
if [ "$engine" = docker ]; then
  set -- docker buildx build --load
else
  set -- "$engine" build --format docker
fi
[ -z "${CA_FILE:-}" ] || set -- "$@" --secret "id=ca,src=$CA_FILE"
[ -z "${INDEX_FILE:-}" ] || set -- "$@" --secret "id=index,src=$INDEX_FILE"

"$@" --target service --tag "$tag" \
  --build-arg "RELEASE=${RELEASE:-@NAME@-@RELEASE@}" \
@OPTIONS@  "$context" || {
  code=$?
  echo "The image was not built. Where a package index was not reached: README.md tells of INDEX_FILE and CA_FILE." >&2
  exit $code
}
