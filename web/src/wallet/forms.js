// Fields of the wallet's forms: a token with what one has of it, an amount that is checked and rounded as the SDK packs it, an address.
import { html } from 'lit-html';
import { ethers } from 'ethers';
import * as zksync from 'zksync';
import { editUnits, formatUnits, parseUnits } from '../amount.js';
import { unitsOf } from '../tokens.js';
import { field, textInput } from '../ui/parts.js';
import { onSession, session } from './session.js';

export const tokenOf = (symbol) => session.tokens.bySymbol.get(symbol);
export const owned = (symbol) => unitsOf(session.account.committed.balances, symbol);
export const shown = (units, symbol) => `${formatUnits(units, tokenOf(symbol).decimals)} ${symbol}`;

// A form that lasts as long as its account is connected: what one account typed, or was quoted, is nothing to the next.
const forms = [];
export function sessionForm(initial) {
    const form = { ...initial };
    forms.push([form, initial]);
    return form;
}
onSession(() => {
    if (session.state !== 'none') return;
    for (const [form, initial] of forms) {
        for (const key of Object.keys(form)) delete form[key];
        Object.assign(form, initial);
    }
});

// What a field does when its value changes: the form forgets its fee, and the page is drawn again.
const set = (form, context, key) => (value) => {
    form[key] = value;
    form.changed?.();
    context.update();
};

export const tokenField = (form, context, label, has, only = () => true) => field(label, html`
    <select name="token" @change=${(e) => set(form, context, 'token')(e.target.value)}>
        ${session.tokens.list.filter(only).map((t) => html`<option value=${t.symbol} ?selected=${t.symbol === form.token}>${t.symbol}</option>`)}
    </select>`, has(form.token));

export const amountField = (form, context, most) => {
    let hint = '', error = '';
    if (form.amount) {
        try {
            const packed = packedAmount(form);
            if (packed.units !== packed.wanted) hint = `Sent as ${shown(packed.units, form.token)}: the nearest amount below that fits the rollup’s short form.`;
            if (most !== undefined && packed.units > most) error = `You have ${shown(most, form.token)}.`;
        } catch (e) { error = e.message; }
    }
    const change = set(form, context, 'amount');
    return field('Amount', html`<div class="pair">
        ${textInput('amount', form.amount, change, { inputmode: 'decimal', placeholder: '0.0', label: 'Amount' })}
        <button type="button" ?disabled=${most === undefined || most <= 0n} @click=${() => change(editUnits(most, tokenOf(form.token).decimals))}>All</button>
    </div>`, hint, error);
};

// {wanted, units}: what was typed, and what can be sent. exact: the operation carries all digits.
export function packedAmount(form, exact = form.exact) {
    const wanted = parseUnits(form.amount, tokenOf(form.token).decimals);
    if (wanted === 0n && !form.zero) throw new Error('The amount is zero.');
    const units = exact ? wanted : BigInt(zksync.utils.closestPackableTransactionAmount(wanted.toString()).toString());
    return { wanted, units };
}

export function address(text) {
    const clean = text.trim();
    if (!/^0x[0-9a-fA-F]{40}$/.test(clean)) throw new Error('An address is 0x and 40 hexadecimal digits.');
    try { return ethers.utils.getAddress(clean); } catch { throw new Error('The address has a typing error: its checksum is wrong.'); }
}

export const addressField = (form, context, label, key = 'to', hint = '') => {
    let error = '';
    if (form[key]) try { address(form[key]); } catch (e) { error = e.message; }
    return field(label, textInput(key, form[key], set(form, context, key), { placeholder: '0x…', label }), hint, error);
};

// From now on form.changed() asks for a fee when the form has been still for a moment; the last question wins, unless the form was emptied.
export function quoteFees(form, context, ask) {
    if (form.context === context) return;
    form.context = context;
    let timer, round = 0;
    const changed = form.changed = () => {
        clearTimeout(timer);
        form.fee = null;
        form.feeError = '';
        const mine = ++round;
        const counts = () => mine === round && form.changed === changed;
        timer = setTimeout(async () => {
            try {
                const fee = await ask();
                if (counts()) form.fee = fee === null ? null : BigInt(fee.toString());
            } catch (error) {
                if (counts()) form.feeError = error.jrpcError?.message ?? error.message;
            }
            if (counts()) context.update();
        }, 250);
    };
}

export const feeKnown = (form) => form.fee !== null && form.fee !== undefined;
export const feeLine = (form) => form.feeError ? html`<p class="notice bad" role="alert">${form.feeError}</p>`
    : html`<p data-fee=${form.fee ?? ''}>Fee: <b>${feeKnown(form) ? shown(form.fee, form.token) : '…'}</b></p>`;
