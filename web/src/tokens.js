// The token list, kept: everything that shows an amount needs symbol and decimals. NFTs are tokens with ids from 65536.
import * as api from './api.js';
import { formatUnits } from './amount.js';

const NFT_FIRST = 65536;
let loaded;

export function tokens() {
    loaded ??= (async () => {
        const list = [];
        for (let from = 0; ;) {
            const page = await api.tokenPage(from, 100);
            list.push(...page.list);
            if (page.list.length < 100) break;
            from = page.list.at(-1).id + 1;
        }
        return { list, byId: new Map(list.map((t) => [t.id, t])), bySymbol: new Map(list.map((t) => [t.symbol, t])) };
    })();
    loaded.catch(() => { loaded = undefined; });
    return loaded;
}

export const forgetTokens = () => { loaded = undefined; };
export const isNft = (id) => Number(id) >= NFT_FIRST;

// What a map {symbol: units} of the API says of a token. Whoever makes a token chooses its symbol, and every object has a 'constructor'.
export const unitsOf = (balances, symbol) => BigInt(balances && Object.hasOwn(balances, symbol) ? balances[symbol] : 0);

// 'NFT-65537', '0.5 ETH', or the bare units of a token that is not in the list.
export function amountText(units, token, known) {
    if (isNft(token)) return `NFT-${token}`;
    const found = typeof token === 'number' ? known.byId.get(token) : known.bySymbol.get(token);
    if (!found) return `${units} units of token ${token}`;
    return `${formatUnits(units, found.decimals)} ${found.symbol}`;
}
