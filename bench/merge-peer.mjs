// Joins a peer's times with ours: node merge-peer.mjs OUT.jsonl PEER < peer.jsonl
// For each line of the peer, appends to OUT our last line of the same name, unit and thread count with the peer's value
// and the ratio (both are times: above 1, we are faster). Says which have no counterpart.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const [out, peer] = process.argv.slice(2);
const parse = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const ours = existsSync(out) ? parse(readFileSync(out, 'utf8')) : [];

for (const theirs of parse(readFileSync(0, 'utf8'))) {
    const what = `${theirs.name}, ${theirs.threads} thr`.padEnd(18);
    const time = `${peer} ${theirs.value.toPrecision(4)} ${theirs.unit}`;
    const match = ours.findLast((o) => o.name === theirs.name && o.threads === theirs.threads && o.unit === theirs.unit);
    if (!match) {
        console.log(`  ${what} ${time}, ours was not measured`);
        continue;
    }
    const ratio = Number((theirs.value / match.value).toPrecision(4));
    appendFileSync(out, JSON.stringify({ ...match, peer, peer_value: theirs.value, ratio }) + '\n');
    console.log(`  ${what} ${time}, ours ${match.value.toPrecision(4)} ${match.unit}, ratio ${ratio}`);
}
