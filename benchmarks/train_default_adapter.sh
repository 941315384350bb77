#!/bin/sh
# The adapter that ships, from research data on this machine to its gain on catalogues that it has never seen.
#
#   sh benchmarks/train_default_adapter.sh GAMES REDIAL OFFICE MOVIELENS_1M WORK
#
# Takes what benchmarks/field.py has fitted under WORK, or fits it. Each step is skipped when what it makes is there, so
# that a run that was cut off goes on. On two cores the training takes about an hour and a half; on a GPU minutes.
set -eu
games=$1 redial=$2 office=$3 movielens=$4 work=$5
here=$(dirname "$0")
cd "$here"

for set in games office movielens; do
  mkdir -p "$work/$set" && echo "adapter: none" > "$work/$set/sommelier.yaml"  # fits are for the bare model
  [ -d "$work/$set/tower" ] || python field.py --games "$games" --office "$office" --movielens "$movielens" \
    --work "$work" --only "$set" --page "$work/page.md"
done
[ -f "$work/games.npz" ] || python adapter_examples.py log "$work/games" "$work/games.npz" 9000
[ -f "$work/redial.npz" ] || python adapter_examples.py redial "$redial" "$work/adapter-redial" "$work/redial.npz"
[ -d "$work/adapter" ] || python train_adapter.py "$work/adapter" "$work/games.npz:${GAMES_EXAMPLES:-2700}" "$work/redial.npz"
for set in games office movielens; do
  echo "== $set"
  python adapter_gain.py "$work/$set" --adapter "$work/adapter" --users "${USERS:-10000}"
done
