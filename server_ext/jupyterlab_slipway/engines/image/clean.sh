# `clean.sh [ROOT]`: takes out of a base image what installs packages: nobody does so in a service, and scanners
# complain about it.
set -eu
root=${1:-}

find "${root:-/}" -xdev -type d -regex '.*/\(site\|dist\)-packages/[^/]*' -prune \
  \( -name pip -o -name 'pip-*' -o -name setuptools -o -name 'setuptools-*' -o -name pkg_resources -o -name wheel \
  -o -name 'wheel-*' -o -name _distutils_hack \) -exec rm -rf {} +
find "${root:-/}" -xdev -type d -name ensurepip -path '*/python3*' -prune -exec rm -rf {} +
find "${root:-/}" -xdev -type f -name distutils-precedence.pth -exec rm -f {} +
rm -rf "$root/usr/share/python-wheels" "$root/root/.cache" "$root/var/lib/apt/lists"/* \
  "$root/var/cache/apt/archives"/*.deb "$root/var/cache/apt"/*.bin
for directory in "$root/usr/local/bin" "$root/usr/bin" "$root/bin"; do
  for name in pip pip3 'pip3.*' easy_install 'easy_install-*' wheel ensurepip; do
    rm -f "$directory"/$name
  done
done
