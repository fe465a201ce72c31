#!/bin/sh
# Installs Chromium for the tests of the dashboard, with fonts for Arabic, Hebrew, Chinese and emoji, where it is missing.
# Needs Debian or Ubuntu, and root; elsewhere it says what to install, and those tests are skipped.
set -eu

PACKAGES="chromium fonts-dejavu-core fonts-wqy-microhei fonts-noto-color-emoji"
export DEBIAN_FRONTEND=noninteractive

for program in chromium chromium-browser google-chrome; do
    if command -v "$program" > /dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "Installing Chromium for the tests of the dashboard"
    # shellcheck disable=SC2086 (a list of words)
    if apt-get update --quiet=2 && apt-get install --quiet=2 --yes --no-install-recommends $PACKAGES > /dev/null; then
        exit 0
    fi
fi
echo "No Chromium here: the tests of the dashboard in a browser are skipped. To run them, install: $PACKAGES" >&2
