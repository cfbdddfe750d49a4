"""A stand-in for training: reads its settings, and looks at the weights that came along."""

import argparse
import configparser
from pathlib import Path

arguments = argparse.ArgumentParser()
arguments.add_argument("--config", type=Path, required=True)
given = arguments.parse_args()

settings = configparser.ConfigParser()
settings.read(given.config)
weights = given.config.with_name("weights.bin").read_bytes()
print(f"{len(weights)} bytes of weights, the first is {weights[0]:#04x}")
for epoch in range(settings.getint("training", "epochs")):
    print(f"epoch {epoch + 1}: {{{{ braces }}}} in a file are nobody's template")
