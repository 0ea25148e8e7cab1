# Takes out of a base image what installs packages: nobody does so in a service, and scanners complain about it.
set -eu

find / -xdev -type d \( -path '*/site-packages/*' -o -path '*/dist-packages/*' \) -prune \
  \( -name pip -o -name 'pip-*' -o -name setuptools -o -name 'setuptools-*' -o -name pkg_resources -o -name wheel \
  -o -name 'wheel-*' -o -name _distutils_hack \) -exec rm -rf {} +
find / -xdev -type d -name ensurepip -path '*/python3*' -prune -exec rm -rf {} +
find / -xdev -type f -name distutils-precedence.pth -exec rm -f {} +
rm -rf /usr/share/python-wheels /root/.cache /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/cache/apt/*.bin
for directory in /usr/local/bin /usr/bin /bin; do
  for name in pip pip3 'pip3.*' easy_install 'easy_install-*' wheel ensurepip; do
    rm -f "$directory"/$name
  done
done
