// Who is connected: one Ethereum account, its zkroll wallet (the published SDK's), and what it owns on both sides.
//
//   none -connect-> connecting -> ready -disconnect-> none        any failure leads back to none, and says why
//
// Nothing of it outlives the page: keys are derived again by a signature, as the SDK does.
import { ethers } from 'ethers';
import * as zksync from 'zksync';
import { tokens } from '../tokens.js';

export const session = {
    state: 'none', error: '', name: '', address: '', exodus: false,
    wallet: null, provider: null, // the SDK's
    account: null,                // what the node says of the account
    l1: new Map(), pending: new Map(), // by symbol: owned on Ethereum, and waiting in the contract
    tokens: null,
};

const listeners = new Set();
export function onSession(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}
const changed = () => { for (const listener of listeners) listener(); };

const VIEWS = [
    'function getPendingBalance(address, address) view returns (uint128)',
    'function exodusMode() view returns (bool)',
    'function activateExodusMode() returns (bool)',
    'function firstPriorityRequestId() view returns (uint64)',
    'function totalOpenPriorityRequests() view returns (uint64)',
];
export const mainContract = () => new ethers.Contract(session.provider.contractAddress.mainContract, VIEWS, session.wallet.ethSigner());

export async function connect(choice) {
    Object.assign(session, { state: 'connecting', error: '', name: choice.name });
    changed();
    try {
        const signer = await choice.connect();
        const provider = await zksync.Provider.newHttpProvider(location.origin + '/jsrpc', 500);
        const chain = (await signer.provider.getNetwork()).chainId;
        const { chainId } = await (await fetch('/api/zkroll/v1/overview')).json();
        if (chain !== chainId) throw new Error(`The wallet is on chain ${chain}; this rollup lives on chain ${chainId}. Change the network in the wallet and connect again.`);
        const wallet = await zksync.Wallet.fromEthSigner(signer, provider);
        Object.assign(session, { wallet, provider, address: wallet.address(), tokens: await tokens() });
        choice.provider?.on?.('accountsChanged', disconnect);
        choice.provider?.on?.('chainChanged', disconnect);
        await refresh();
        session.state = 'ready';
    } catch (error) {
        Object.assign(session, { state: 'none', error: reason(error), wallet: null });
    }
    changed();
}

export function disconnect() {
    Object.assign(session, { state: 'none', error: '', wallet: null, provider: null, account: null, address: '', l1: new Map(), pending: new Map() });
    changed();
}

// Each token takes two questions to the user's Ethereum node: so many are asked about always, the others when they are looked at.
const ALWAYS = 64, AT_ONCE = 64;

// Asks both sides again for what the account owns; on Ethereum of the first tokens, of those that had something, and of `more` (symbols).
export async function refresh(more = []) {
    const { wallet, tokens: known } = session;
    if (!wallet) return;
    const contract = mainContract(), looked = new Set([...more, ...session.l1.keys(), ...session.pending.keys()]);
    const list = known.list.filter((t, i) => i < ALWAYS || looked.has(t.symbol));
    const [account, exodus] = await Promise.all([wallet.getAccountState(), contract.exodusMode()]);
    const l1 = new Map(), pending = new Map();
    for (let from = 0; from < list.length; from += AT_ONCE) {
        await Promise.all(list.slice(from, from + AT_ONCE).map(async (t) => {
            const [owns, waits] = await Promise.all([
                wallet.getEthereumBalance(t.symbol).catch(() => null),
                contract.getPendingBalance(wallet.address(), t.address).catch(() => null),
            ]);
            if (owns !== null && (!owns.isZero() || more.includes(t.symbol))) l1.set(t.symbol, BigInt(owns.toString()));
            if (waits !== null && !waits.isZero()) pending.set(t.symbol, BigInt(waits.toString()));
        }));
    }
    if (session.wallet !== wallet) return; // another account by now, or none
    Object.assign(session, { account, exodus, l1, pending });
    if (account.id !== null && account.id !== undefined) wallet.accountId = account.id;
    changed();
}

export const refreshAll = () => refresh(session.tokens.list.map((t) => t.symbol));

export const hasKey = () => session.account && session.account.committed.pubKeyHash !== 'sync:' + '0'.repeat(40);

// An error of wallet, L1 or node as one sentence.
export function reason(error) {
    if (error?.code === 4001 || error?.code === 'ACTION_REJECTED') return 'You declined in the wallet. Nothing was sent.';
    const told = error?.jrpcError?.message ?? error?.restError?.message ?? error?.error?.message ?? error?.reason ?? error?.message ?? String(error);
    const text = String(told).replace(/^execution reverted:?\s*/, '').split('\n')[0];
    if (error?.code === 'INSUFFICIENT_FUNDS' || /insufficient funds/i.test(text)) return 'The Ethereum account has not enough ETH for amount and gas.';
    return text.length > 240 ? text.slice(0, 240) + '…' : text;
}
