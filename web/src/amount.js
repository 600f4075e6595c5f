// Amounts of tokens: BigInt in base units inside, decimal text outside. All digits, always.

// '1234500000000000000', 18 → '1.2345'
export function formatUnits(units, decimals) {
    const value = BigInt(units);
    const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
    const whole = digits.slice(0, digits.length - decimals);
    const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
    return (value < 0n ? '-' : '') + group(whole) + (fraction ? '.' + fraction : '');
}

// A narrow no-break space between groups of three: readable, and never mistaken for a decimal mark.
const group = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, '\u202f');

// '1.2345', 18 → 1234500000000000000n. Throws an Error whose message a person can act on.
export function parseUnits(text, decimals) {
    const clean = text.replace(/[\s\u202f]/g, '');
    const match = /^(\d*)(?:\.(\d*))?$/.exec(clean);
    if (!match || (match[1] === '' && !match[2])) throw new Error('Write the amount in digits, such as 0.25.');
    const fraction = (match[2] ?? '').replace(/0+$/, '');
    if (fraction.length > decimals) {
        throw new Error(decimals ? `This token has ${decimals} decimals; the amount has ${fraction.length}.` : 'This token cannot be divided.');
    }
    const value = BigInt(match[1] || '0') * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, '0') || '0');
    if (value >= 1n << 128n) throw new Error('The amount is larger than any balance can be.');
    return value;
}

// Units as plain text for a form field: no groups.
export const editUnits = (units, decimals) => formatUnits(units, decimals).replaceAll('\u202f', '');

export const formatCount = (n) => group(String(n));
