// The Ethereum wallets of this browser: those that announce themselves (EIP-6963), else the one that took window.ethereum (EIP-1193);
// and on a development chain the prepared accounts of the node.
import { ethers } from 'ethers';
import * as api from '../api.js';

const announced = new Map();
const listeners = new Set();
window.addEventListener('eip6963:announceProvider', ({ detail }) => {
    if (!detail?.info?.uuid || typeof detail.provider?.request !== 'function') return;
    announced.set(detail.info.uuid, detail);
    for (const listener of listeners) listener();
});
window.dispatchEvent(new Event('eip6963:requestProvider'));

export function onWallets(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

// [{name, icon, connect() → ethers.Signer, events}]. An icon is a data URL or nothing: nothing is loaded from elsewhere.
export function browserWallets() {
    const list = [...announced.values()].map(({ info, provider }) => ({
        id: info.uuid, name: String(info.name), icon: /^data:image\//.test(info.icon) ? info.icon : null, provider,
    }));
    if (list.length === 0 && typeof window.ethereum?.request === 'function') list.push({ id: 'injected', name: 'Browser wallet', icon: null, provider: window.ethereum });
    return list.map((w) => ({ ...w, connect: () => connectProvider(w.provider) }));
}

async function connectProvider(provider) {
    const wrapped = new ethers.providers.Web3Provider(provider, 'any');
    const accounts = await wrapped.send('eth_requestAccounts', []);
    if (!accounts?.length) throw new Error('The wallet gave no account.');
    return wrapped.getSigner(accounts[0]);
}

export async function developmentWallets() {
    let dev;
    try { dev = await api.development(); } catch { return { list: [], multicall: null }; }
    const provider = () => {
        const p = new ethers.providers.JsonRpcProvider(new URL(dev.l1, location.origin).href);
        p.pollingInterval = 500;
        return p;
    };
    return {
        multicall: dev.multicall ?? null,
        list: dev.accounts.map(({ address, privateKey }, i) => ({
            id: address, name: `Account ${i + 1}`, address, icon: null, connect: async () => new ethers.Wallet(privateKey, provider()),
        })),
    };
}
