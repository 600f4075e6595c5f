// The pages of the wallet. What is signed and sent is the SDK's doing; here is what to ask for, and what to say about it.
import { html } from 'lit-html';
import { ethers } from 'ethers';
import * as zksync from 'zksync';
import { overview } from '../api.js';
import { formatUnits } from '../amount.js';
import { exact } from '../time.js';
import { unitsOf } from '../tokens.js';
import { field, table } from '../ui/parts.js';
import { empty } from '../ui/states.js';
import { address, addressField, amountField, feeKnown, feeLine, owned, packedAmount, quoteFees, sessionForm, shown, tokenField, tokenOf } from './forms.js';
import { walletPage } from './frame.js';
import { run } from './jobs.js';
import { hasKey, mainContract, refresh, refreshAll, session } from './session.js';

const digits = (units, symbol) => formatUnits(units, tokenOf(symbol).decimals);
const big = (units) => ethers.BigNumber.from(units.toString());
const needsKey = () => hasKey() ? '' : session.account?.id === null || session.account?.id === undefined
    ? html`<p class="notice warn">This address has no account yet: <a href="/wallet/deposit">deposit</a> something, or let somebody send you something.</p>`
    : html`<p class="notice warn">Before the account can pay, it must register its key: <a href="/wallet/activate">activate it</a>.</p>`;
const quote = async (type, to, token) => (await session.provider.getTransactionFee(type, to, token)).totalFee;
const submit = (act) => (event) => { event.preventDefault(); act(); };

// The steps that every rollup transaction takes after it is signed and sent.
const afterSending = [
    ['Executed', async ([sent]) => { await sent.operation.awaitReceipt(); return { link: sent.link }; }],
    ['Final on L1', async ([sent]) => { await sent.operation.awaitVerifyReceipt(); return { link: sent.link }; }],
];
const sent = (operation) => ({ operation, link: `/tx/${operation.txHash.replace('sync-tx:', '0x')}` });
const afterL1 = [
    ['On L1', async ([sentTo]) => { await sentTo.operation.awaitEthereumTxCommit(); }],
    ['Executed', async ([sentTo]) => { await sentTo.operation.awaitReceipt(); return { link: `/tx/${sentTo.operation.ethTx.hash}` }; }],
    ['Final on L1', async ([sentTo]) => { await sentTo.operation.awaitVerifyReceipt(); return { link: `/tx/${sentTo.operation.ethTx.hash}` }; }],
];

export const home = walletPage({
    name: 'Wallet',
    enter: () => refresh().catch(() => {}),
    view() {
        const { account, l1, pending } = session;
        const symbols = session.tokens.list.map((t) => t.symbol).filter((s) => owned(s) > 0n || (l1.get(s) ?? 0n) > 0n || pending.has(s));
        const nfts = Object.values(account.committed.nfts);
        return html`${needsKey()}
            <section class="panel"><h2>Balances</h2>
            ${symbols.length ? table([
                ['Token', (s) => html`<b>${s}</b>`],
                ['On zkroll', (s) => html`<span class="amount">${digits(owned(s), s)}</span>`, 'number'],
                ['Final', (s) => html`<span class="amount faint">${digits(unitsOf(account.verified.balances, s), s)}</span>`, 'number'],
                ['On Ethereum', (s) => html`<span class="amount">${digits(l1.get(s) ?? 0n, s)}</span>`, 'number'],
                ['To claim', (s) => pending.has(s) ? html`<a class="amount" href="/wallet/claim">${digits(pending.get(s), s)}</a>` : '–', 'number'],
            ], symbols, 'Your balances') : empty('Nothing yet, on neither side.')}
            <p class="row"><a class="button primary" href="/wallet/deposit">Deposit</a><a class="button" href="/wallet/send">Send</a>
                <a class="button" href="/wallet/withdraw">Withdraw</a></p></section>
            ${nfts.length ? html`<section class="panel"><h2>NFTs</h2>
                <ul class="nfts">${nfts.map((n) => html`<li><b>${n.symbol}</b><span class="hash">${n.contentHash}</span></li>`)}</ul></section>` : ''}`;
    },
});

const depositForm = sessionForm({ token: 'ETH', amount: '', exact: true });
export const deposit = walletPage({
    name: 'Deposit',
    enter() {
        const form = depositForm;
        form.changed = () => { if (!session.l1.has(form.token)) refresh([form.token]).catch(() => {}); };
    },
    view(context) {
        const form = depositForm, has = session.l1.get(form.token) ?? 0n, isToken = form.token !== 'ETH';
        const send = () => {
            const { units } = packedAmount(form);
            form.amount = '';
            run(`Deposit of ${shown(units, form.token)}`, [
                [isToken ? 'Approved and signed' : 'Signed', async () => ({ operation: await session.wallet.depositToSyncFromEthereum({
                    depositTo: session.address, token: form.token, amount: big(units), approveDepositAmountForERC20: isToken,
                }) })],
                ...afterL1,
            ]);
        };
        return html`<section class="panel"><h2>Deposit</h2>
            <p>From your Ethereum account into the rollup’s contract. The operator must take it in, or serve you on L1: the contract keeps the clock.</p>
            <form class="form" @submit=${submit(send)}>
                ${tokenField(form, context, 'Token', (s) => `On Ethereum: ${shown(session.l1.get(s) ?? 0n, s)}`)}
                ${amountField(form, context, has)}
                <button class="primary" type="submit" ?disabled=${!canSend(form, has)}>Deposit</button>
            </form></section>`;
    },
});

const canSend = (form, most, fee = 0n) => {
    if (!form.amount || fee === null || fee === undefined) return false;
    try { return packedAmount(form).units + fee <= most; } catch { return false; }
};

const activateForm = sessionForm({ token: 'ETH', fee: null });
export const activate = walletPage({
    name: 'Activate',
    enter(context) {
        const form = activateForm;
        if (owned(form.token) === 0n) form.token = session.tokens.list.find((t) => t.enabledForFees && owned(t.symbol) > 0n)?.symbol ?? 'ETH';
        quoteFees(form, context, () => quote({ ChangePubKey: 'ECDSA' }, session.address, form.token));
        if (!feeKnown(form)) form.changed();
    },
    view(context) {
        const form = activateForm;
        if (hasKey()) return html`<section class="panel"><h2>Activated</h2><p class="notice good">This account has its key. It can pay.</p></section>`;
        if (session.account.id === null || session.account.id === undefined) return needsKey();
        const act = () => run('Activation', [
            ['Signed', async () => sent(await session.wallet.setSigningKey({ feeToken: form.token, fee: big(form.fee), ethAuthType: 'ECDSA' }))],
            ...afterSending,
        ]);
        return html`<section class="panel"><h2>Activate the account</h2>
            <p>Your Ethereum key names the key that signs on the rollup. Once; later only to change it.</p>
            <form class="form" @submit=${submit(act)}>
                ${tokenField(form, context, 'Pay the fee in', (s) => `You have ${shown(owned(s), s)}`, (t) => t.enabledForFees)}
                ${feeLine(form)}
                <button class="primary" type="submit" ?disabled=${!feeKnown(form) || form.fee > owned(form.token)}>Activate</button>
            </form></section>`;
    },
});

const MOST_RECIPIENTS = 50;
const sendForm = sessionForm({ token: 'ETH', to: '', amount: '', many: '', several: false, fee: null });
// 'address, amount' a line. Throws what is wrong with which line.
function recipients(form) {
    if (!form.several) return form.to && form.amount ? [{ to: address(form.to), units: packedAmount(form).units }] : [];
    return form.many.split('\n').map((line) => line.trim()).filter(Boolean).map((line, i) => {
        const [to, amount, extra] = line.split(/[\s,;]+/);
        try {
            if (!amount || extra) throw new Error('write an address, a comma, an amount');
            return { to: address(to), units: packedAmount({ ...form, amount }).units };
        } catch (error) { throw new Error(`Line ${i + 1}: ${error.message}`); }
    });
}
const recipientsField = (form, list, error, change) => field('Recipients', html`
    <textarea name="many" rows="6" spellcheck="false" aria-label="Recipients" placeholder="0x…, 0.25"
        .value=${form.many} @input=${(e) => change('many', e.target.value)}></textarea>`,
list.length ? `${list.length} recipients` : 'A line each: address, amount. At most 50.', error || (list.length > MOST_RECIPIENTS ? 'At most 50 in one go.' : ''));

export const send = walletPage({
    name: 'Send',
    enter(context) {
        const form = sendForm;
        quoteFees(form, context, async () => {
            const list = recipients(form);
            if (list.length === 0) return null;
            if (list.length === 1) return quote('Transfer', list[0].to, form.token);
            return session.provider.getTransactionsBatchFee(list.map(() => 'Transfer'), list.map((r) => r.to), form.token);
        });
    },
    view(context) {
        const form = sendForm;
        const change = (key, value) => {
            form[key] = value;
            form.changed();
            context.update();
        };
        let list = [], error = '';
        try { list = recipients(form); } catch (e) { error = form.several && form.many ? e.message : ''; }
        const total = list.reduce((sum, r) => sum + r.units, 0n), most = owned(form.token);
        const enough = feeKnown(form) && total + form.fee <= most;
        const act = () => {
            const { token, fee } = form, { wallet } = session;
            const title = `${shown(total, token)} to ${list.length === 1 ? list[0].to : `${list.length} recipients`}`;
            Object.assign(form, { to: '', amount: '', many: '', fee: null });
            // In a batch the last one pays for all.
            const transfers = list.map((r, i) => ({ to: r.to, token, amount: big(r.units), fee: big(i === list.length - 1 ? fee : 0n) }));
            const sign = async () => transfers.length === 1 ? wallet.syncTransfer(transfers[0]) : (await wallet.syncMultiTransfer(transfers)).at(-1);
            run(title, [['Signed', async () => sent(await sign())], ...afterSending]);
        };
        return html`${needsKey()}<section class="panel"><h2>Send</h2>
            <form class="form" @submit=${submit(act)}>
                ${tokenField(form, context, 'Token', (s) => `You have ${shown(owned(s), s)}`, (t) => t.enabledForFees || owned(t.symbol) > 0n)}
                <label class="check"><input type="checkbox" .checked=${form.several} @change=${(e) => change('several', e.target.checked)}>
                    to several, all or none</label>
                ${form.several ? recipientsField(form, list, error, change)
                    : html`${addressField(form, context, 'To')}${amountField(form, context, most - (form.fee ?? 0n))}`}
                ${list.length ? feeLine(form) : ''}
                ${list.length && feeKnown(form) ? html`<p>In all: <b>${shown(total + form.fee, form.token)}</b></p>` : ''}
                <button class="primary" type="submit" ?disabled=${!hasKey() || list.length === 0 || list.length > MOST_RECIPIENTS || !enough}>Sign and send</button>
                ${list.length && feeKnown(form) && !enough ? html`<p class="notice bad">You have ${shown(most, form.token)}.</p>` : ''}
            </form></section>`;
    },
});

const withdrawForm = sessionForm({ token: 'ETH', to: '', amount: '', fast: false, fee: null, exact: true });
export const withdraw = walletPage({
    name: 'Withdraw',
    enter(context) {
        const form = withdrawForm;
        form.to ||= session.address;
        quoteFees(form, context, () => quote(form.fast ? 'FastWithdraw' : 'Withdraw', session.address, form.token));
        if (!feeKnown(form)) form.changed();
    },
    view(context) {
        const form = withdrawForm, most = owned(form.token);
        let to = null;
        try { to = address(form.to); } catch { /* the field says so */ }
        const act = () => {
            const { token, fee, fast } = form, { units } = packedAmount(form);
            Object.assign(form, { amount: '' });
            run(`Withdrawal of ${shown(units, token)}`, [
                ['Signed', async () => sent(await session.wallet.withdrawFromSyncToEthereum({
                    ethAddress: to, token, amount: big(units), fee: big(fee), fastProcessing: fast,
                }))],
                ...afterSending,
            ]);
        };
        return html`${needsKey()}<section class="panel"><h2>Withdraw</h2>
            <p>To an Ethereum address. When its block is final, the amount waits in the contract, and anybody may push it to its owner:
                <a href="/wallet/claim">claim</a> it.</p>
            <form class="form" @submit=${submit(act)}>
                ${tokenField(form, context, 'Token', (s) => `You have ${shown(owned(s), s)}`, (t) => t.enabledForFees)}
                ${addressField(form, context, 'To (on Ethereum)')}
                ${amountField(form, context, most - (form.fee ?? 0n))}
                <label class="check"><input type="checkbox" .checked=${form.fast} @change=${(e) => { form.fast = e.target.checked; form.changed(); context.update(); }}>
                    fast: closes the block at once, costs more</label>
                ${feeLine(form)}
                <button class="primary" type="submit" ?disabled=${!hasKey() || !to || !canSend(form, most, form.fee)}>Sign and withdraw</button>
            </form></section>`;
    },
});

export const claim = walletPage({
    name: 'Claim on L1',
    enter: () => refreshAll().catch(() => {}),
    view() {
        const list = [...session.pending];
        return html`<section class="panel"><h2>Claim on L1</h2>
            <p>What the contract holds for your address: withdrawals and exits that are final.</p>
            ${list.length ? table([
                ['Token', ([s]) => html`<b>${s}</b>`],
                ['Amount', ([s, units]) => html`<span class="amount">${formatUnits(units, tokenOf(s).decimals)}</span>`, 'number'],
                ['Action', ([s, units]) => html`<button type="button" class="primary" @click=${() => run(`Claim of ${shown(units, s)}`, [
                    ['Signed', async () => ({ tx: await session.wallet.withdrawPendingBalance(session.address, s, big(units)) })],
                    ['On L1', async ([{ tx }]) => { await tx.wait(); }],
                ])}>Claim</button>`],
            ], list, 'Pending balances') : empty('Nothing waits for you.', 'A withdrawal appears here when its block is final on L1.')}</section>`;
    },
});

let lastOverview = null;
export const leave = walletPage({
    name: 'Leave without the operator',
    enter: (context) => { overview().then((o) => { lastOverview = o; context.update(); }, () => {}); },
    open: () => html`<section class="panel"><h2>Leave without the operator</h2>
        <p>Your money is in a contract on Ethereum, not with the operator. There are three ways out, each needs less of the operator than the one before.</p>
        <ol>
            <li><b>Withdraw</b>, the ordinary way: a few minutes, a small fee. The operator must include it.</li>
            <li><b>Full exit</b>: you tell the contract itself, on L1, that you want all of a token. The operator must serve the request within its deadline,
                whatever it thinks of you. If it does not:</li>
            <li><b>Exodus</b>: when any request is older than the deadline, anybody may stop the rollup for good. Then everybody takes what they own with a
                Merkle proof against the last root that the contract accepted. It needs no operator, no prover and nobody’s leave. Everything the proof
                needs is on L1:
                <pre class="message">zkroll restore --l1 URL --contract ADDRESS --dir state
zkroll exit --l1 URL --dir state --all</pre>
                URL is any Ethereum node’s; ADDRESS is the main contract’s: have it from somebody else than this page. The gas is paid by the wallet that
                <code>zkroll wallet import</code> or <code>zkroll wallet new</code> made.</li>
        </ol></section>`,
    view() {
        const { account } = session;
        const list = Object.entries(account.verified.balances).filter(([s]) => session.tokens.bySymbol.has(s));
        const request = lastOverview?.oldestRequest, overdue = request && new Date(request.expiresAt) < Date.now();
        const exodus = () => run('Exodus mode', [
            ['Signed', async () => ({ tx: await mainContract().activateExodusMode() })],
            ['On L1', async ([{ tx }]) => { await tx.wait(); }],
        ]);
        const ask = (name, request) => html`<button type="button" ?disabled=${session.exodus} @click=${() => run(`Full exit of ${name}`, [
            ['Signed', async () => ({ operation: await request() })], ...afterL1])}>Ask for all of it on L1</button>`;
        return html`${session.exodus ? html`<p class="notice bad">The rollup is in exodus mode. Full exits are no longer taken; use <code>zkroll exit</code>.</p>` : ''}
            ${overdue && !session.exodus ? html`<p class="notice warn">The oldest request was due ${exact(request.expiresAt)}.
                <button type="button" @click=${exodus}>Start exodus mode</button></p>` : ''}
            <section class="panel"><h2>Full exit</h2>
            ${account.id === null || account.id === undefined ? empty('This address has no account here.')
                : list.length === 0 ? empty('This account owns nothing that is final.') : table([
                    ['Token', ([s]) => html`<b>${s}</b>`],
                    ['You own', ([s, units]) => html`<span class="amount">${digits(units, s)}</span>`, 'number'],
                    ['Action', ([s]) => ask(s, () => session.wallet.emergencyWithdraw({ token: s, accountId: account.id }))],
                ], list, 'What you can ask for')}
            ${Object.values(account.verified.nfts).map((n) => html`<p class="row"><b>${n.symbol}</b>
                ${ask(n.symbol, () => session.wallet.emergencyWithdrawNFT({ tokenId: n.id, accountId: account.id }))}</p>`)}</section>`;
    },
});
