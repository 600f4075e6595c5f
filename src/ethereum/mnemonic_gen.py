"""The English word list of BIP-39, from the npm package that the SDK's wallets use. Writes mnemonic_gen.h to standard
output; `make gen-check` compares."""

import json
import subprocess

SCRIPT = """
const { wordlists } = require('@ethersproject/wordlists');
console.log(JSON.stringify([...Array(2048).keys()].map((i) => wordlists.en.getWord(i))));
"""
words = json.loads(subprocess.run(["node", "-e", SCRIPT], check=True, capture_output=True, text=True).stdout)
assert len(words) == 2048 and words == sorted(words) and words[0] == "abandon" and words[-1] == "zoo"
assert len({w[:4] for w in words}) == 2048, "four letters tell the words apart"
assert max(map(len, words)) == 8 and all(w.isascii() and w.isalpha() and w.islower() for w in words)

print("/* Written by mnemonic_gen.py from BIP-39's English list; do not edit. */")
print("/* clang-format off */")
print("static const char mnemonic_words[2048][9] = {")
for i in range(0, 2048, 8):
    print("    " + ", ".join(f'"{w}"' for w in words[i : i + 8]) + ",")
print("};")
print("/* clang-format on */")
