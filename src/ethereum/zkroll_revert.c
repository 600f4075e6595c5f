/* The custom errors of the contracts that zkroll calls; tests/ethereum compares the list with their ABI. */
#include "ethereum/zkroll_contract.h"

#include "base/bytes.h"

#include <stdio.h>

static const char *const errors[] = {
    "AlreadyExited(uint32,uint32)",
    "AmountTooBig()",
    "BadAccountId()",
    "BadCreatorSignature()",
    "BadParameters()",
    "BadPathLength()",
    "BadPubkeyHashLength()",
    "BadRecipient()",
    "BadStreamLength()",
    "BadTimestamp(uint32)",
    "BadTokenId()",
    "BadTokenId(uint256)",
    "CallFailed(uint256,bytes)",
    "CalldataNotCanonical()",
    "CreatorAlreadyRegistered(uint32,address)",
    "DefaultFactoryAlreadySet()",
    "DepositLimitReached()",
    "FeeNotPaid()",
    "InExodus()",
    "LeftoverWitness()",
    "ListingCapReached(uint16)",
    "MissingWitness()",
    "NoCode(address)",
    "NoFactory()",
    "NoRequests()",
    "NoUpgrade()",
    "NoUpgradeInExodus()",
    "NotAToken(address)",
    "NotAuthorized(uint256)",
    "NotCanonical()",
    "NotEnoughGas()",
    "NotForOutsiders()",
    "NotGatekeeper(address)",
    "NotGovernor(address)",
    "NotInExodus()",
    "NotLastExecuted()",
    "NotMaster(address)",
    "NotOwner(address)",
    "NotProxied()",
    "NotReady()",
    "NotReceiver(address)",
    "NotTokenGovernance(address)",
    "NotValidator(address)",
    "NothingPending()",
    "NothingToExit()",
    "NoticePeriodNotOver(uint256)",
    "OnlyMain(address)",
    "OnlyPlainAccounts()",
    "OutOfOrder(uint32)",
    "OutOfRange()",
    "PendingTooBig()",
    "ProofRejected(uint32)",
    "Reentered()",
    "ResetTooEarly(uint256)",
    "SendingFailed()",
    "TokenAlreadyListed(address)",
    "TokenNotListed(address)",
    "TokenPaused(address)",
    "TooManyTokens()",
    "TooMuchToExecute()",
    "TookTooMuch()",
    "TransferFailed()",
    "TruncatedOperation(uint256)",
    "UnknownBlock(uint32)",
    "UnknownFormat()",
    "UnknownFunction()",
    "UnknownKey(uint32)",
    "UnknownOperation(uint256)",
    "UpgradeAlreadyStarted()",
    "UpgradeExpired(uint256)",
    "WrongDepositData(uint64)",
    "WrongInputs(uint32)",
    "WrongLength()",
    "WrongParameters()",
    "WrongPathLength()",
    "WrongPriorityOperation(uint64)",
    "WrongRoot()",
    "WrongSettlement(uint32)",
    "WrongStatus(uint8)",
    "ZeroAddress()",
    "ZeroAmount()",
    "Panic(uint256)", /* the compiler's own: an assertion, an overflow, an index outside */
};

/* Appends what fits. */
static void put_text(char out[ZKROLL_REVERT_MAX], const char *text, size_t len)
{
    const size_t used = strlen(out), room = ZKROLL_REVERT_MAX - 1 - used;
    if (len > room) len = room;
    memcpy(out + used, text, len);
    out[used + len] = '\0';
}

/* An argument of a static type: small numbers in decimal, others and addresses in hexadecimal. */
static void put_argument(char out[ZKROLL_REVERT_MAX], const struct abi_in *in, size_t word, bool address)
{
    char text[67] = "0x";
    uint64_t small;
    uint8_t bytes[32];
    if (!address && abi_get_u64(in, word, &small)) {
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)small);
    } else if (abi_get_word(in, word, bytes)) {
        hex_encode(text + 2, bytes + (address ? 12 : 0), address ? 20 : 32);
    } else {
        memcpy(text, "?", 2);
    }
    put_text(out, text, strlen(text));
}

static void put_error(char out[ZKROLL_REVERT_MAX], const char *signature, const struct abi_in *in)
{
    const char *at = strchr(signature, '(') + 1;
    put_text(out, signature, (size_t)(at - signature));
    for (size_t word = 0; *at != ')'; word++) {
        const size_t len = strcspn(at, ",)");
        if (word > 0) put_text(out, ", ", 2);
        if (strncmp(at, "bytes", len) == 0)
            put_text(out, "..", 2);
        else
            put_argument(out, in, word, strncmp(at, "address", len) == 0);
        at += len + (at[len] == ',');
    }
    put_text(out, ")", 1);
}

static bool has_selector(const uint8_t *data, const char *signature)
{
    uint8_t selector[4];
    abi_selector(selector, signature);
    return memcmp(data, selector, 4) == 0;
}

/* Letters, digits and punctuation of a message; anything else becomes '?': it may end in a log. */
static void put_message(char out[ZKROLL_REVERT_MAX], const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const bool plain = text[i] >= 0x20 && text[i] < 0x7f;
        put_text(out, plain ? (const char *)&text[i] : "?", 1);
    }
}

bool zkroll_revert_text(char out[ZKROLL_REVERT_MAX], const uint8_t *data, size_t len)
{
    char hex[2 * 32 + 1];
    out[0] = '\0';
    if (len >= 4) {
        const struct abi_in in = {data + 4, len - 4};
        const uint8_t *text;
        size_t text_len;
        for (size_t i = 0; i < ZK_COUNT(errors); i++) {
            if (!has_selector(data, errors[i])) continue;
            put_error(out, errors[i], &in);
            return true;
        }
        if (has_selector(data, "Error(string)") && abi_get_bytes(&in, 0, &text, &text_len)) {
            put_message(out, text, text_len);
            return true;
        }
    }
    hex_encode(hex, data, len < 32 ? len : 32);
    put_text(out, len == 0 ? "no reason given" : "0x", len == 0 ? 15 : 2);
    if (len > 0) put_text(out, hex, strlen(hex));
    return false;
}
