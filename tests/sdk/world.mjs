// What the tests of the SDK share: the unmodified npm package, its three ways to talk to a node, and rich wallets on L1.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
export const zksync = require('zksync');
export const ethers = require('ethers');
const { WSTransport } = require('zksync/build/transport');

export const { BigNumber } = ethers;
export const units = (text, decimals = 18) => ethers.utils.parseUnits(text, decimals);
export const POLL_MS = 150;

export function makeWorld(net) {
    const l1 = new ethers.providers.StaticJsonRpcProvider(net.l1);
    l1.pollingInterval = POLL_MS;
    const restUrl = net.rest.endsWith('/api/v0.2') ? net.rest : `${net.rest.replace(/\/$/, '')}/api/v0.2`;
    let next = 1;
    return {
        net, l1, restUrl, rpcUrl: net.rpc,
        // A development account that nobody else of the test uses.
        rich: () => {
            if (next >= net.accounts.length) throw new Error('no development account is left');
            return new ethers.Wallet(net.accounts[next++].privateKey, l1);
        },
        // Nobody's account, with ETH.
        funded: async () => {
            const wallet = ethers.Wallet.createRandom().connect(l1);
            await l1.send('anvil_setBalance', [wallet.address, ethers.utils.hexValue(units('1000'))]);
            return wallet;
        },
        stranger: () => ethers.Wallet.createRandom().connect(l1),
        provider: (kind) => providers[kind]({ ...net, restUrl }),
    };
}

const providers = {
    rpc: (net) => zksync.Provider.newHttpProvider(net.rpc, POLL_MS),
    rest: (net) => zksync.RestProvider.newProvider(net.restUrl, POLL_MS),
    // What Provider.newWebsocketProvider does, but one request at a time: the SDK itself trips over two at once.
    ws: async (net) => {
        const provider = new zksync.Provider(await WSTransport.connect(net.ws));
        provider.contractAddress = await provider.getContractAddress();
        provider.tokenSet = new zksync.utils.TokenSet(await provider.getTokens());
        return provider;
    },
};

// A raw call, as any client may send it.
export async function rpc(world, method, params) {
    const answer = await fetch(world.rpcUrl, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }),
    });
    return { status: answer.status, ...(await answer.json()) };
}

export async function rest(world, path, body) {
    const answer = await fetch(world.restUrl + path, body === undefined ? {} : {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
    });
    return { httpStatus: answer.status, ...(await answer.json()) };
}

export async function eventually(what, probe, patience = 60_000) {
    const end = Date.now() + patience;
    for (;;) {
        const value = await probe();
        if (value) return value;
        if (Date.now() > end) throw new Error(`never: ${what}`);
        await new Promise((r) => setTimeout(r, POLL_MS));
    }
}

// What the SDK throws for a refusal, whichever way it came.
export function refusal(error) {
    if (error.jrpcError) return { code: error.jrpcError.code, message: error.jrpcError.message };
    if (error.restError) return { code: error.restError.code, message: error.restError.message };
    throw error;
}

export async function refused(promise) {
    let value;
    try {
        value = await promise;
    } catch (error) {
        return refusal(error);
    }
    throw new Error(`accepted: ${JSON.stringify(value?.txHash ?? value)}`);
}
