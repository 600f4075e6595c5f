#include "cli/wallet.h"

#define NODE   (ARGS_BIT(ARG_NODE) | ARGS_BIT(ARG_REST))
#define OUTPUT (ARGS_BIT(ARG_JSON) | ARGS_BIT(ARG_QUIET))
#define KEY    (ARGS_BIT(ARG_WALLET) | ARGS_BIT(ARG_PASSWORD_FILE) | ARGS_BIT(ARG_CHAIN_ID))
#define WAIT   (ARGS_BIT(ARG_WAIT) | ARGS_BIT(ARG_TIMEOUT))
#define CHAIN                                                                                                          \
    (ARGS_BIT(ARG_L1) | ARGS_BIT(ARG_CONTRACT) | ARGS_BIT(ARG_MAX_FEE) | ARGS_BIT(ARG_CONFIRMATIONS) | KEY | NODE |    \
     OUTPUT | ARGS_BIT(ARG_YES))
#define SEND                                                                                                           \
    (KEY | NODE | OUTPUT | WAIT | ARGS_BIT(ARG_YES) | ARGS_BIT(ARG_FEE) | ARGS_BIT(ARG_FEE_TOKEN) | ARGS_BIT(ARG_L1) | \
     ARGS_BIT(ARG_CONTRACT))
#define CREATE                                                                                                         \
    (ARGS_BIT(ARG_WALLET) | ARGS_BIT(ARG_PASSWORD_FILE) | ARGS_BIT(ARG_SCRYPT_COST) | ARGS_BIT(ARG_FORCE) |            \
     ARGS_BIT(ARG_JSON))

static const struct args_command commands[] = {
    {"new", "", "make a new key and keep it, encrypted, in the wallet file",
     "The file is an Ethereum keystore. Keep a copy of it: whoever has it and the password has the money, and without\n"
     "either it is lost.",
     CREATE, 0, 0, wallet_new},
    {"import", "", "take a key that there is already: a keystore, a mnemonic, or a raw key",
     "With --keystore the file's password is also the wallet's new one.",
     CREATE | ARGS_BIT(ARG_KEYSTORE) | ARGS_BIT(ARG_MNEMONIC) | ARGS_BIT(ARG_RAW) | ARGS_BIT(ARG_INDEX), 0, 0,
     wallet_import},
    {"address", "", "the wallet's address, on L1 and on the rollup", NULL, ARGS_BIT(ARG_WALLET) | OUTPUT, 0, 0,
     wallet_show_address},
    {"balance", "[ADDRESS]", "what the wallet, or an address, has on the rollup", NULL,
     NODE | ARGS_BIT(ARG_WALLET) | OUTPUT, 0, 1, wallet_balance},
    {"tokens", "", "the tokens that the rollup knows", NULL, NODE | OUTPUT, 0, 0, wallet_tokens},
    {"deposit", "AMOUNT TOKEN", "move money from L1 to the rollup",
     "A token is first allowed to be taken, for exactly this amount. A new address gets an account with its first\n"
     "deposit; `activate` then sets the key that signs.",
     CHAIN | WAIT | ARGS_BIT(ARG_TO), 2, 2, wallet_deposit},
    {"activate", "", "set the key that signs the account's transactions", NULL, SEND, 0, 0, wallet_activate},
    {"transfer", "AMOUNT TOKEN ADDRESS | NFT ADDRESS", "pay somebody on the rollup", NULL, SEND, 2, 3, wallet_transfer},
    {"batch", "FILE", "many transfers from a table with lines ADDRESS,TOKEN,AMOUNT",
     "- reads standard input. As many lines as fit into a block of the node's, at most 99, are executed together or "
     "not at\n"
     "all; more make several such batches. Interrupted between two, it says with which --from-line it goes on.",
     SEND | ARGS_BIT(ARG_FROM_LINE), 1, 1, wallet_batch},
    {"withdraw", "AMOUNT TOKEN | NFT", "move money from the rollup to L1",
     "When the block is verified, the money waits in the contract, where `claim` takes it out.",
     SEND | ARGS_BIT(ARG_TO) | ARGS_BIT(ARG_FAST), 1, 2, wallet_withdraw},
    {"forced-exit", "TOKEN ADDRESS", "send all that an account without a signing key has of a token to its owner on L1",
     NULL, SEND & ~ARGS_BIT(ARG_FEE_TOKEN), 2, 2, wallet_forced_exit},
    {"mint-nft", "HASH", "make an NFT with this content hash", NULL, SEND | ARGS_BIT(ARG_TO), 1, 1, wallet_mint_nft},
    {"history", "[ADDRESS]", "the last transactions, newest first", NULL,
     NODE | ARGS_BIT(ARG_WALLET) | OUTPUT | ARGS_BIT(ARG_LIMIT) | ARGS_BIT(ARG_FROM), 0, 1, wallet_history},
    {"tx", "HASH", "what became of a transaction", NULL, NODE | OUTPUT | WAIT, 1, 1, wallet_tx},
    {"full-exit", "TOKEN|NFT", "ask L1 for all that the account has of a token, without the operator's consent",
     "The operator must execute it before the deadline (at least 14 days), or anyone can close the rollup and "
     "everybody\n"
     "leaves by `zkroll exit`. The account's id is shown by the node, with a Merkle path to a root of L1's, or by a "
     "state "
     "of\n"
     "one's own (--dir). With --account, and ETH or a token's address, no node is asked; a request with the id of "
     "somebody\n"
     "else is executed and pays nothing.",
     CHAIN | WAIT | ARGS_BIT(ARG_ACCOUNT) | ARGS_BIT(ARG_DIR) | ARGS_BIT(ARG_FROM_BLOCK), 1, 1, wallet_full_exit},
    {"claim", "[TOKEN|NFT...]", "take withdrawn money out of the contract",
     "Without arguments everything that waits, but NFTs, which are named by their ids. Anyone may claim for an "
     "--owner.",
     CHAIN | ARGS_BIT(ARG_OWNER), 0, ARGS_POSITIONALS_MAX, wallet_claim},
};

const struct args_program wallet_program = {
    .name = "zkroll wallet",
    .what = "Accounts on the rollup: keys, balances, payments, and the ways in and out",
    .commands = commands,
    .n = ZK_COUNT(commands),
};

int cmd_wallet(int argc, char **argv)
{
    return args_main(&wallet_program, argc, argv);
}
