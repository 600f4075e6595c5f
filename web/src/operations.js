// Operations in words: what a transaction's JSON (`op` of REST v0.2) says, as columns and as sentences.
import { html } from 'lit-html';
import { accountLink } from './ui/parts.js';
import { amountText } from './tokens.js';

export const names = {
    Transfer: 'Transfer', Withdraw: 'Withdrawal', ChangePubKey: 'Key registration', ForcedExit: 'Forced exit', MintNFT: 'Mint of an NFT',
    WithdrawNFT: 'Withdrawal of an NFT', Swap: 'Swap', Deposit: 'Deposit', FullExit: 'Full exit',
};

// Who gives and who gets; null where there is nobody.
export function parties(op) {
    switch (op.type) {
        case 'Transfer': case 'Withdraw': case 'WithdrawNFT': case 'Deposit': return [op.from, op.to];
        case 'ForcedExit': return [op.target, op.target];
        case 'ChangePubKey': return [op.account, null];
        case 'MintNFT': return [op.creatorAddress, op.recipient];
        case 'Swap': return [op.orders[0].recipient, op.orders[1].recipient];
        case 'FullExit': return [op.accountId, null];
        default: return [null, null];
    }
}

export function amount(op, known) {
    switch (op.type) {
        case 'Transfer': case 'Withdraw': return amountText(op.amount, op.token, known);
        case 'Deposit': return amountText(op.amount, op.tokenId, known);
        case 'WithdrawNFT': return `NFT-${op.token}`;
        case 'MintNFT': return 'a new NFT';
        case 'ForcedExit': return `all ${symbol(op.token, known)}`;
        case 'FullExit': return `all ${symbol(op.tokenId, known)}`;
        case 'Swap': return `${amountText(op.amounts[0], op.orders[0].tokenSell, known)} for ${amountText(op.amounts[1], op.orders[1].tokenSell, known)}`;
        default: return '';
    }
}

export const feeToken = (op) => op.type === 'Transfer' || op.type === 'Withdraw' || op.type === 'ForcedExit' ? op.token : op.feeToken;
export const fee = (op, known) => op.fee === undefined || op.fee === null ? '–' : op.fee === '0' ? 'none' : amountText(op.fee, feeToken(op), known);
const symbol = (token, known) => known.byId.get(token)?.symbol ?? (token >= 65536 ? `of NFT-${token}` : `of token ${token}`);

export const columns = (known) => [
    ['Type', (t) => html`<a href="/tx/${t.txHash}">${names[t.op.type] ?? t.op.type}</a>`],
    ['From', (t) => accountLink(parties(t.op)[0])],
    ['To', (t) => accountLink(parties(t.op)[1])],
    ['Amount', (t) => html`<span class="amount">${amount(t.op, known)}</span>`, 'number'],
    ['Fee', (t) => html`<span class="amount faint">${fee(t.op, known)}</span>`, 'number'],
];
