// What the tests of this folder share: asking our peer_NAME program, and reproducible random numbers.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';

// The answers of build/.../peer_NAME to an array of questions, in order.
export function ask(name, questions) {
    const program = `${process.env.ZK_BUILD ?? 'build/release'}/tests/peers/peer_${name}`;
    const run = spawnSync(program, { input: questions.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.error) throw run.error;
    if (run.status !== 0) throw new Error(`${program} stopped with ${run.status}: ${run.stderr}`);
    const answers = run.stdout.split('\n');
    answers.pop();
    if (answers.length !== questions.length) throw new Error(`${questions.length} questions, ${answers.length} answers`);
    return answers;
}

// A generator of integers below n: SHA-256 in counter mode over a seed, 64 bits more than n has, reduced.
export function randomBelow(seed) {
    let counter = 0;
    return (n) => {
        let digits = '';
        const want = Math.ceil((n.toString(2).length + 64) / 4);
        while (digits.length < want) digits += createHash('sha256').update(`${seed}/${counter++}`).digest('hex');
        return BigInt('0x' + digits.slice(0, want)) % n;
    };
}

export const hex32 = (x) => x.toString(16).padStart(64, '0');
