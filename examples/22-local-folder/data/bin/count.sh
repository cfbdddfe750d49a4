#!/bin/sh
echo "$1 has $(wc -l < "$1") words"
