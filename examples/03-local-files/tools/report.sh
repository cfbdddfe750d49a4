#!/bin/sh
echo "$(wc -l < "$1") names:"
cat "$1"
