#!/usr/bin/env bash
# Measure full-size models on one GPU, in less than ten minutes. To list the options, run
#   bash benchmarks/gpu.sh --help
# Writes gpu.json and gpu.md after each part, so a run that is stopped keeps what it measured.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${VIRTUAL_ENV:-}" ] && [ -f underlay/env.sh ]; then
  set +u
  source underlay/env.sh
fi
exec timeout 590 python -m benchmarks.gpu "$@"
