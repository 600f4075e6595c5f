/* The contract is a chain of private functions, one for each step of the protocol, over words of memory that verify()
 * allocates once. Their addresses are constants with the names of docs/plonk.md, so that the text can be read beside
 * it; struct sol_map is that map. Points and values of the proof keep the order of proof.h, which is also the order of
 * the transcript, so a round hashes one piece of memory. */
#include "plonk/solidity.h"

#include "plonk/solidity_text.h"

#include <ctype.h>
#include <string.h>

#define MEMORY       0x80u /* where Solidity's free memory begins */
#define NAME_LEN_MAX 64

#define ALPHAS_A_ROUND 8

struct writer {
    struct text t;
    const struct verifying_key *vk;
    const struct cs *cs;
    struct sol_map map;
    uint32_t n_next, n_values;
};

#define SAY(...) text_add(&w->t, __VA_ARGS__)

/* ---- the memory map */

static uint32_t count_next(const struct cs *cs)
{
    uint32_t n = 0;
    for (int j = 0; j < PLONK_ADVICE; j++) n += cs->next_used[j];
    return n;
}

static uint32_t count_aux(const struct cs *cs)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < AUX_MAX; i++) n += proof_has_aux(cs, i);
    return n;
}

static bool has_lookups(const struct writer *w)
{
    return w->cs->n_lookups > 0;
}

/* Powers of alpha from the first on, in whole rounds of the loop that makes them. */
static uint32_t alpha_words(const struct writer *w)
{
    return (w->cs->n_alphas - 1 + ALPHAS_A_ROUND - 1) / ALPHAS_A_ROUND * ALPHAS_A_ROUND;
}

static uint32_t take(uint32_t *at, uint32_t words)
{
    uint32_t here = *at;
    *at += 32 * words;
    return here;
}

static void lay_out(struct writer *w, uint32_t n_temps)
{
    const struct cs *cs = w->cs;
    struct sol_map *m = &w->map;
    uint32_t at = MEMORY;
    w->n_next = count_next(cs);
    w->n_values = PLONK_ADVICE + w->n_next + (has_lookups(w) ? 2 + cs->table_width : 1) + cs->n_fixed_all;
    m->label = take(&at, 2); /* and the key's digest */
    m->publics = take(&at, cs->config.n_public);
    m->proof = take(&at, 2 * (PLONK_ADVICE + count_aux(cs) + PLONK_CHUNKS));
    m->points_end = at;
    m->values = take(&at, w->n_values);
    m->values_end = take(&at, 4); /* [W], [W'] */
    assert(at - m->proof == proof_len(w->vk));
    m->hash = take(&at, 1 + (w->n_values > 16 ? w->n_values : 16));
    m->challenges = take(&at, 11);
    m->first = take(&at, 1);
    m->last = take(&at, 1);
    m->n_inverses = 5 + (w->n_next > 0) + has_lookups(w) + 1;
    m->inverses = take(&at, m->n_inverses);
    m->prefixes = take(&at, m->n_inverses);
    m->alphas = take(&at, alpha_words(w));
    m->factors = take(&at, AUX_MAX);
    m->rest = take(&at, 1);
    m->n_scalars = PLONK_ADVICE + count_aux(cs) + PLONK_CHUNKS + w->vk->n_fixed_commits + w->vk->n_table_commits;
    m->scalars = take(&at, m->n_scalars);
    m->generator = take(&at, 1);
    m->mul = take(&at, 3);
    m->acc = take(&at, 12); /* the sum, a product; then the pairing's input */
    m->temps = take(&at, n_temps);
    m->n_temps = n_temps;
    m->end = at;
}

static void name(struct writer *w, const char *what, uint32_t at)
{
    SAY("    uint256 private constant %s = 0x%x;\n", what, at);
}

static void name_i(struct writer *w, const char *what, uint32_t i, uint32_t at)
{
    SAY("    uint256 private constant %s_%u = 0x%x;\n", what, i, at);
}

static void name_values(struct writer *w)
{
    const struct cs *cs = w->cs;
    uint32_t at = w->map.values;
    SAY("\n    // a_j at zeta and at zeta omega; z, phi at zeta omega; fixed columns and labels; table columns.\n");
    for (uint32_t j = 0; j < PLONK_ADVICE; j++) name_i(w, "A", j, take(&at, 1));
    for (uint32_t j = 0; j < PLONK_ADVICE; j++)
        if (cs->next_used[j]) name_i(w, "NEXT", j, take(&at, 1));
    name(w, "Z_NEXT", take(&at, 1));
    if (has_lookups(w)) name(w, "PHI_NEXT", take(&at, 1));
    for (uint32_t f = 0; f < cs->n_fixed_all; f++) name_i(w, "F", f, take(&at, 1));
    for (uint32_t c = 0; c < cs->table_width && has_lookups(w); c++) name_i(w, "T", c, take(&at, 1));
    assert(at == w->map.values_end);
}

static void name_challenges(struct writer *w)
{
    static const char *const names[] = {"BETA", "GAMMA", "ETA",    "LAMBDA", "ALPHA",  "ZETA",
                                        "NU",   "U",     "ZETA_N", "ZETA_T", "ZETA_TT"};
    SAY("\n    // Challenges; zeta^n, zeta^(n/T), zeta^(n/T_t); the Lagrange polynomials of both ends at zeta.\n");
    for (uint32_t i = 0; i < ZK_COUNT(names); i++) name(w, names[i], w->map.challenges + 32 * i);
    name(w, "FIRST", w->map.first);
    name(w, "LAST", w->map.last);
}

/* In the order in which they are computed; NOT_ONE is zeta^n - 1, which must not be 0. */
static void name_inverses(struct writer *w)
{
    uint32_t at = w->map.inverses;
    SAY("\n    // Denominators, then their inverses.\n");
    name(w, "DENOMINATORS", at);
    name(w, "DEN_FIRST", take(&at, 1));
    name(w, "DEN_LAST", take(&at, 1));
    name(w, "DEN_A", take(&at, 1));
    name(w, "DEN_C", take(&at, 1));
    name(w, "DEN_D", take(&at, 1));
    if (has_lookups(w)) name(w, "DEN_E", take(&at, 1));
    if (w->n_next > 0) name(w, "DEN_RUN", take(&at, 1));
    name(w, "DEN_NOT_ONE", take(&at, 1));
    name(w, "PREFIXES", w->map.prefixes);
    assert(at == w->map.prefixes);
}

static void name_memory(struct writer *w)
{
    const struct sol_map *m = &w->map;
    SAY("\n    // The memory of a call. First what the transcript begins with, then the proof as it came.\n");
    name(w, "MEMORY", MEMORY);
    name(w, "LABEL", m->label);
    name(w, "DIGEST", m->label + 32);
    name(w, "PUBLICS", m->publics);
    for (uint32_t i = 0; i < w->cs->config.n_public; i++) name_i(w, "PUBLIC", i, m->publics + 32 * i);
    name(w, "PROOF", m->proof);
    name(w, "POINTS_END", m->points_end);
    name(w, "VALUES_END", m->values_end);
    name(w, "PROOF_END", m->hash);
    name_values(w);
    SAY("\n    // Hashes, and the input of the modular power.\n");
    name(w, "HASH", m->hash);
    name_challenges(w);
    name_inverses(w);
    SAY("\n    // Scalars in the order of the points; the sum and a product as the precompiles want them.\n");
    name(w, "SCALARS", m->scalars);
    name(w, "S_GENERATOR", m->generator);
    name(w, "MUL", m->mul);
    name(w, "SUM", m->acc);
    name(w, "PRODUCT", m->acc + 64);
    name(w, "MEMORY_END", m->end);
}

/* ---- the contract's head */

static void hex32(struct writer *w, const char *type, const char *what, const uint8_t bytes[32])
{
    SAY("    %s %s = 0x", type, what);
    for (int i = 0; i < 32; i++) SAY("%02x", bytes[i]);
    SAY(";\n");
}

static void write_head(struct writer *w, const char *contract)
{
    const struct verifying_key *vk = w->vk;
    SAY("// SPDX-License-Identifier: Apache-2.0\n"
        "// Written by zkroll from a verification key; docs/plonk.md is the protocol. Do not edit.\n"
        "// Compile with the optimizer for 20,000 runs, for evmVersion cancun or later.\n"
        "pragma solidity ^0.8.25;\n\n"
        "/// @title Verifier of one circuit: 2^%u rows with a period of 2^%u%s\n"
        "/// @notice PLONK over BN254 with KZG commitments. Stateless; answers false to whatever is not a proof.\n"
        "contract %s {\n",
        vk->log_n, w->cs->config.log_t, vk->insecure ? ", of an INSECURE setup: for development only" : "", contract);
    SAY("    /// @notice What proofs are bound to: hash of circuit, sizes, setup and commitments.\n");
    hex32(w, "bytes32 public constant", "KEY_DIGEST", vk->digest);
    hex32(w, "bytes32 public constant", "CIRCUIT_HASH", vk->circuit_hash);
    hex32(w, "bytes32 public constant", "SRS_ID", vk->srs_id);
    SAY("    /// @notice Whether somebody may know the setup's secret and thus prove anything.\n"
        "    bool public constant INSECURE_SRS = %s;\n"
        "    uint256 public constant PROOF_LENGTH = %zu;\n\n",
        vk->insecure ? "true" : "false", proof_len(vk));
    SAY("    // Scalar field and base field.\n"
        "    uint256 private constant P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;\n"
        "    uint256 private constant Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;\n");
}

static void write_verify(struct writer *w)
{
    const uint32_t n = w->cs->config.n_public;
    SAY("\n    /// @notice Does the proof show that the circuit has a witness with these public inputs?\n"
        "    /// @dev Reverts only for want of gas; a malformed proof is an invalid one.\n"
        "    /// @param proof points (x, y) and values, 32 bytes big-endian each: PROOF_LENGTH bytes\n");
    if (n > 0)
        SAY("    function verify(uint256[%u] calldata publicInputs, bytes calldata proof) external view returns (bool) "
            "{\n",
            n);
    else
        SAY("    function verify(bytes calldata proof) external view returns (bool) {\n");
    SAY("        if (proof.length != PROOF_LENGTH) return false;\n"
        "        assembly (\"memory-safe\") {\n"
        "            // All memory is taken here, and the addresses below are right only if it begins where it "
        "should.\n"
        "            if xor(mload(0x40), MEMORY) { revert(0, 0) }\n"
        "            mstore(0x40, MEMORY_END)\n"
        "            mstore(LABEL, 0x");
    static const char label[] = TRANSCRIPT_LABEL;
    for (int i = 0; i < 32; i++) SAY("%02x", (unsigned)(uint8_t)label[i]);
    SAY(")\n            mstore(DIGEST, KEY_DIGEST)\n");
    if (n > 0) SAY("            calldatacopy(PUBLICS, publicInputs, 0x%x)\n", 32 * n);
    SAY("            calldatacopy(PROOF, proof.offset, PROOF_LENGTH)\n"
        "        }\n"
        "        if (!_isWellFormed()) return false;\n"
        "        _drawChallenges();\n"
        "        if (!_invert()) return false;\n"
        "        _linearize();\n"
        "        _weigh();\n"
        "        return _isOpening();\n"
        "    }\n");
}

static void write_well_formed(struct writer *w)
{
    SAY("\n    /// Every value is below p, every point on the curve with coordinates below q; infinity is (0, 0).\n"
        "    function _isWellFormed() private pure returns (bool ok) {\n"
        "        assembly (\"memory-safe\") {\n"
        "            function belowP(from, to) -> all {\n"
        "                all := 1\n"
        "                for {} lt(from, to) { from := add(from, 0x20) } { all := and(all, lt(mload(from), P)) }\n"
        "            }\n"
        "            function onCurve(from, to) -> all {\n"
        "                all := 1\n"
        "                for {} lt(from, to) { from := add(from, 0x40) } {\n"
        "                    let x := mload(from)\n"
        "                    let y := mload(add(from, 0x20))\n"
        "                    let on := eq(mulmod(y, y, Q), addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q))\n"
        "                    on := and(on, and(lt(x, Q), lt(y, Q)))\n"
        "                    all := and(all, or(on, iszero(or(x, y))))\n"
        "                }\n"
        "            }\n"
        "            ok := and(belowP(PUBLICS, PROOF), belowP(POINTS_END, VALUES_END))\n"
        "            ok := and(ok, and(onCurve(PROOF, POINTS_END), onCurve(VALUES_END, PROOF_END)))\n"
        "        }\n"
        "    }\n");
}

/* ---- challenges */

/* zeta^(2^k) for the k that are needed, by squaring log_n times. */
static void write_zeta_powers(struct writer *w)
{
    const unsigned log_n = w->vk->log_n;
    SAY("            let y := mload(ZETA)\n");
    for (unsigned k = 0;; k++) {
        if (k == log_n - w->cs->config.log_t) SAY("            mstore(ZETA_T, y)\n");
        if (has_lookups(w) && k == log_n - w->cs->log_table) SAY("            mstore(ZETA_TT, y)\n");
        if (k == log_n) break;
        SAY("            y := mulmod(y, y, p)\n");
    }
    SAY("            mstore(ZETA_N, y)\n");
}

/* alpha, alpha^2 ..: a loop that is partly unrolled, 11 bytes of code a power otherwise. */
static void write_alpha_powers(struct writer *w)
{
    const uint32_t begin = w->map.alphas;
    SAY("            let a := mload(ALPHA)\n"
        "            y := a\n"
        "            for { let at := 0x%x } lt(at, 0x%x) { at := add(at, 0x%x) } {\n",
        begin, begin + 32 * alpha_words(w), 32 * ALPHAS_A_ROUND);
    for (uint32_t i = 0; i < ALPHAS_A_ROUND; i++)
        SAY("                mstore(add(at, 0x%x), y)\n"
            "                y := mulmod(y, a, p)\n",
            32 * i);
    SAY("            }\n");
}

static void write_challenges(struct writer *w)
{
    const struct sol_map *m = &w->map;
    const uint32_t round2 = m->proof + 64 * (PLONK_ADVICE + has_lookups(w));
    const uint32_t round3 = m->points_end - 64 * PLONK_CHUNKS;
    SAY("\n    /// A challenge is the hash of the one before (as it was before reduction) and all that was said "
        "since.\n"
        "    function _drawChallenges() private pure {\n"
        "        assembly (\"memory-safe\") {\n"
        "            function absorb(state, from, to) -> next {\n"
        "                mstore(HASH, state)\n"
        "                mcopy(add(HASH, 0x20), from, sub(to, from))\n"
        "                next := keccak256(HASH, add(0x20, sub(to, from)))\n"
        "            }\n"
        "            let p := P\n");
    SAY("            let state := keccak256(LABEL, 0x%x)\n", round2 - m->label);
    SAY("            mstore(BETA, mod(state, p))\n"
        "            state := absorb(state, 0, 0)\n"
        "            mstore(GAMMA, mod(state, p))\n"
        "            state := absorb(state, 0, 0)\n"
        "            mstore(ETA, mod(state, p))\n"
        "            state := absorb(state, 0, 0)\n"
        "            mstore(LAMBDA, mod(state, p))\n");
    SAY("            state := absorb(state, 0x%x, 0x%x)\n", round2, round3);
    SAY("            mstore(ALPHA, mod(state, p))\n");
    SAY("            state := absorb(state, 0x%x, POINTS_END)\n", round3);
    SAY("            mstore(ZETA, mod(state, p))\n"
        "            state := absorb(state, POINTS_END, VALUES_END)\n"
        "            mstore(NU, mod(state, p))\n"
        "            state := absorb(state, VALUES_END, add(VALUES_END, 0x40))\n"
        "            mstore(U, mod(state, p))\n");
    write_zeta_powers(w);
    write_alpha_powers(w);
    SAY("        }\n    }\n");
}

/* ---- inverses */

static void write_power_of_u(struct writer *w, const char *den, unsigned log_pack, const char *minus)
{
    SAY("            x := u\n");
    for (unsigned k = 0; k < log_pack; k++) SAY("            x := mulmod(x, x, p)\n");
    SAY("            mstore(%s, addmod(x, sub(p, mload(%s)), p))\n", den, minus);
}

static void write_denominators(struct writer *w)
{
    fr omega;
    fr_root_of_unity(&omega, w->vk->log_n);
    SAY("            let p := P\n"
        "            let zeta := mload(ZETA)\n"
        "            let u := mload(U)\n"
        "            let next := mulmod(zeta, ");
    text_fr(&w->t, &omega);
    SAY(", p)\n");
    SAY("            let x := addmod(zeta, sub(p, 1), p)\n"
        "            mstore(DEN_FIRST, mulmod(x, 0x%x, p))\n"
        "            x := addmod(next, sub(p, 1), p)\n"
        "            mstore(DEN_LAST, mulmod(x, 0x%x, p))\n",
        1u << w->vk->log_n, 1u << w->vk->log_n);
    SAY("            mstore(DEN_A, addmod(u, sub(p, zeta), p))\n"
        "            mstore(DEN_C, addmod(u, sub(p, next), p))\n");
    write_power_of_u(w, "DEN_D", w->vk->log_pack, "ZETA_T");
    if (has_lookups(w)) write_power_of_u(w, "DEN_E", w->vk->log_table_pack, "ZETA_TT");
    if (w->n_next > 0) SAY("            mstore(DEN_RUN, addmod(next, sub(p, zeta), p))\n");
    SAY("            mstore(DEN_NOT_ONE, addmod(mload(ZETA_N), sub(p, 1), p))\n");
}

static void write_invert(struct writer *w)
{
    SAY("\n    /// All inverses by one modular power. False if there is a denominator without one.\n"
        "    function _invert() private view returns (bool ok) {\n"
        "        assembly (\"memory-safe\") {\n");
    write_denominators(w);
    SAY("            let gap := sub(PREFIXES, DENOMINATORS)\n"
        "            let product := 1\n"
        "            for { x := DENOMINATORS } lt(x, PREFIXES) { x := add(x, 0x20) } {\n"
        "                mstore(add(x, gap), product)\n"
        "                product := mulmod(product, mload(x), p)\n"
        "            }\n"
        "            mstore(HASH, 0x20)\n"
        "            mstore(add(HASH, 0x20), 0x20)\n"
        "            mstore(add(HASH, 0x40), 0x20)\n"
        "            mstore(add(HASH, 0x60), product)\n"
        "            mstore(add(HASH, 0x80), sub(p, 2))\n"
        "            mstore(add(HASH, 0xa0), p)\n"
        "            if iszero(staticcall(gas(), 5, HASH, 0xc0, HASH, 0x20)) { revert(0, 0) }\n"
        "            let inverse := mload(HASH)\n"
        "            ok := eq(mulmod(product, inverse, p), 1)\n"
        "            for { x := PREFIXES } gt(x, DENOMINATORS) {} {\n"
        "                x := sub(x, 0x20)\n"
        "                let denominator := mload(x)\n"
        "                mstore(x, mulmod(inverse, mload(add(x, gap)), p))\n"
        "                inverse := mulmod(inverse, denominator, p)\n"
        "            }\n"
        "            x := addmod(mload(ZETA_N), sub(p, 1), p)\n"
        "            mstore(FIRST, mulmod(x, mload(DEN_FIRST), p))\n"
        "            mstore(LAST, mulmod(x, mload(DEN_LAST), p))\n"
        "        }\n"
        "    }\n");
}

/* ---- linearization */

static void write_linearize(struct writer *w, struct sol_expr *e)
{
    SAY("\n    /// The identity at zeta, as a linear form in m, z, phi and the helpers: their factors, and the rest.\n"
        "    function _linearize() private pure {\n"
        "        assembly (\"memory-safe\") {\n"
        "            let p := P\n");
    sol_expr_print(e, &w->t, &w->map);
    SAY("        }\n    }\n");
}

/* ---- weights of the opening */

static uint32_t scalar_of_aux(const struct writer *w, unsigned aux)
{
    uint32_t i = PLONK_ADVICE;
    for (unsigned k = 0; k < aux; k++) i += proof_has_aux(w->cs, k);
    return w->map.scalars + 32 * i;
}

static void next_power(struct writer *w)
{
    SAY("            power := mulmod(power, nu, p)\n");
}

/* The quotient's pieces follow the auxiliary columns; l's constant part is -rest. */
static void write_group_a(struct writer *w)
{
    const struct sol_map *m = &w->map;
    SAY("            // A: opened at zeta: columns, and the linearization\n"
        "            let inv := mload(DEN_A)\n");
    for (int j = 0; j < PLONK_ADVICE; j++) {
        if (w->cs->next_used[j]) continue;
        SAY("            mstore(0x%x, mulmod(power, inv, p))\n", m->scalars + 32 * (uint32_t)j);
        SAY("            r := addmod(r, mulmod(power, mload(A_%d), p), p)\n", j);
        next_power(w);
    }
    SAY("            r := addmod(r, sub(p, mulmod(power, mload(0x%x), p)), p)\n", m->rest);
    SAY("            let t := mulmod(power, inv, p)\n");
    for (unsigned i = 0; i < AUX_MAX; i++)
        if (proof_has_aux(w->cs, i))
            SAY("            mstore(0x%x, mulmod(t, mload(0x%x), p))\n", scalar_of_aux(w, i), m->factors + 32 * i);
    SAY("            t := mulmod(t, addmod(1, sub(p, mload(ZETA_N)), p), p)\n");
    for (uint32_t i = 0; i < PLONK_CHUNKS; i++) {
        SAY("            mstore(0x%x, t)\n", m->scalars + 32 * (PLONK_ADVICE + count_aux(w->cs) + i));
        if (i + 1 < PLONK_CHUNKS) SAY("            t := mulmod(t, mload(ZETA_N), p)\n");
    }
    next_power(w);
    SAY("            g := mulmod(r, inv, p)\n");
}

static void write_group_b(struct writer *w)
{
    if (w->n_next == 0) return;
    SAY("            // B: opened at zeta and zeta omega: the remainder is a line\n"
        "            inv := mulmod(inv, mload(DEN_C), p)\n"
        "            r := 0\n"
        "            t := 0\n");
    for (uint32_t j = 0; j < PLONK_ADVICE; j++) {
        if (!w->cs->next_used[j]) continue;
        SAY("            mstore(0x%x, mulmod(power, inv, p))\n", w->map.scalars + 32 * j);
        SAY("            r := addmod(r, mulmod(power, mload(A_%u), p), p)\n", j);
        SAY("            t := addmod(t, mulmod(power, mload(NEXT_%u), p), p)\n", j);
        next_power(w);
    }
    SAY("            t := mulmod(addmod(t, sub(p, r), p), mload(DEN_RUN), p)\n"
        "            r := add(r, mulmod(t, addmod(mload(U), sub(p, mload(ZETA)), p), p))\n"
        "            g := addmod(g, mulmod(r, inv, p), p)\n");
}

static void write_group_c(struct writer *w)
{
    SAY("            // C: opened at zeta omega: z and phi, whose points have a part in the linearization already\n"
        "            inv := mload(DEN_C)\n"
        "            r := 0\n");
    for (unsigned i = 0; i < AUX_MAX; i++) {
        if (!proof_has_aux(w->cs, i) || !proof_aux_next(i)) continue;
        const uint32_t at = scalar_of_aux(w, i);
        SAY("            r := add(r, mulmod(power, mload(%s), p))\n", i == AUX_Z ? "Z_NEXT" : "PHI_NEXT");
        SAY("            mstore(0x%x, add(mload(0x%x), mulmod(power, inv, p)))\n", at, at);
        next_power(w);
    }
    SAY("            g := addmod(g, mulmod(r, inv, p), p)\n");
}

/* A pack's remainder is sum u^i value_i, by Horner's rule from the last. */
static void write_group_packs(struct writer *w, const char *den, char letter, uint32_t n_values, unsigned log_pack,
                              uint32_t n_packs, uint32_t scalar)
{
    SAY("            inv := mload(%s)\n"
        "            r := 0\n",
        den);
    for (uint32_t c = 0; c < n_packs; c++) {
        const uint32_t first = c << log_pack;
        uint32_t i = (c + 1) << log_pack < n_values ? (c + 1) << log_pack : n_values;
        SAY("            t := mload(%c_%u)\n", letter, --i);
        while (i-- > first) SAY("            t := add(mulmod(t, u, p), mload(%c_%u))\n", letter, i);
        SAY("            r := addmod(r, mulmod(t, power, p), p)\n");
        SAY("            mstore(0x%x, mulmod(power, inv, p))\n", scalar + 32 * c);
        next_power(w);
    }
    SAY("            g := addmod(g, mulmod(r, inv, p), p)\n");
}

static void write_weigh(struct writer *w)
{
    const struct verifying_key *vk = w->vk;
    const uint32_t packs = w->map.scalars + 32 * (PLONK_ADVICE + count_aux(w->cs) + PLONK_CHUNKS);
    SAY("\n    /// The scalars of all points in the batched opening; r sums the remainders of a group, g those of "
        "all.\n"
        "    function _weigh() private pure {\n"
        "        assembly (\"memory-safe\") {\n"
        "            let p := P\n"
        "            let nu := mload(NU)\n"
        "            let u := mload(U)\n"
        "            let power := 1\n"
        "            let r := 0\n"
        "            let g\n");
    write_group_a(w);
    write_group_b(w);
    write_group_c(w);
    SAY("            // D: packs of fixed columns and labels\n");
    write_group_packs(w, "DEN_D", 'F', w->cs->n_fixed_all, vk->log_pack, vk->n_fixed_commits, packs);
    if (has_lookups(w)) {
        SAY("            // E: packs of table columns\n");
        write_group_packs(w, "DEN_E", 'T', w->cs->table_width, vk->log_table_pack, vk->n_table_commits,
                          packs + 32 * vk->n_fixed_commits);
    }
    SAY("            mstore(S_GENERATOR, sub(p, g))\n"
        "        }\n    }\n");
}

/* ---- sum and pairing */

static void hex_words(struct writer *w, const uint8_t *bytes, size_t i)
{
    SAY("0x");
    for (size_t k = 0; k < 32; k++) SAY("%02x", bytes[32 * i + k]);
}

static void write_key_point(struct writer *w, const g1_affine *p, uint32_t scalar)
{
    uint8_t bytes[64];
    g1_to_be64(bytes, p);
    SAY("            addProduct(\n                ");
    hex_words(w, bytes, 0);
    SAY(",\n                ");
    hex_words(w, bytes, 1);
    SAY(",\n                mload(0x%x)\n            )\n", scalar);
}

static void write_g2(struct writer *w, const g2_affine *p, uint32_t at)
{
    uint8_t bytes[128];
    g2_to_be128(bytes, p);
    for (uint32_t i = 0; i < 4; i++) {
        SAY("            mstore(0x%x, ", at + 32 * i);
        hex_words(w, bytes, i);
        SAY(")\n");
    }
}

static void write_opening(struct writer *w)
{
    const struct verifying_key *vk = w->vk;
    const struct sol_map *m = &w->map;
    uint32_t at = m->scalars + 32 * (PLONK_ADVICE + count_aux(w->cs) + PLONK_CHUNKS);
    SAY("\n    /// e(sum of scalar * point - [W], [1]) = e([W'], [tau]). The inputs of the precompiles are well "
        "formed, so one\n"
        "    /// that fails has run out of gas: that is no answer, and reverts.\n"
        "    function _isOpening() private view returns (bool ok) {\n"
        "        assembly (\"memory-safe\") {\n"
        "            function addProduct(x, y, scalar) {\n"
        "                mstore(MUL, x)\n"
        "                mstore(add(MUL, 0x20), y)\n"
        "                mstore(add(MUL, 0x40), scalar)\n"
        "                let done := staticcall(gas(), 7, MUL, 0x60, PRODUCT, 0x40)\n"
        "                if iszero(and(staticcall(gas(), 6, SUM, 0x80, SUM, 0x40), done)) { revert(0, 0) }\n"
        "            }\n"
        "            mstore(SUM, mload(VALUES_END))\n"
        "            mstore(add(SUM, 0x20), mod(sub(Q, mload(add(VALUES_END, 0x20))), Q))\n"
        "            let s := SCALARS\n"
        "            for { let point := PROOF } lt(point, POINTS_END) { point := add(point, 0x40) } {\n"
        "                addProduct(mload(point), mload(add(point, 0x20)), mload(s))\n"
        "                s := add(s, 0x20)\n"
        "            }\n");
    SAY("            // the key: packs of fixed columns, packs of table columns\n");
    for (uint32_t i = 0; i < vk->n_fixed_commits; i++, at += 32) write_key_point(w, &vk->fixed_commits[i], at);
    for (uint32_t i = 0; i < vk->n_table_commits; i++, at += 32) write_key_point(w, &vk->table_commits[i], at);
    SAY("            addProduct(1, 2, mload(S_GENERATOR))\n"
        "            addProduct(mload(add(VALUES_END, 0x40)), mload(add(VALUES_END, 0x60)), mload(U))\n"
        "            // the pairs (sum, [1]) and (-[W'], [tau])\n");
    write_g2(w, &G2_GENERATOR, m->acc + 64);
    SAY("            mstore(0x%x, mload(add(VALUES_END, 0x40)))\n"
        "            mstore(0x%x, mod(sub(Q, mload(add(VALUES_END, 0x60))), Q))\n",
        m->acc + 192, m->acc + 224);
    write_g2(w, &vk->g2_tau, m->acc + 256);
    SAY("            if iszero(staticcall(gas(), 8, SUM, 0x180, HASH, 0x20)) { revert(0, 0) }\n"
        "            ok := eq(mload(HASH), 1)\n"
        "        }\n"
        "    }\n"
        "}\n");
}

/* ---- */

static bool is_identifier(const char *s)
{
    const size_t len = strlen(s);
    if (len == 0 || len > NAME_LEN_MAX || isdigit((unsigned char)s[0])) return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_') return false;
    return true;
}

static zk_err write_all(struct writer *w, const char *contract, struct arena *scratch)
{
    struct sol_expr *e;
    uint32_t n_temps;
    ZK_TRY(sol_expr_plan(&e, &n_temps, w->vk, scratch));
    lay_out(w, n_temps);
    write_head(w, contract);
    name_memory(w);
    write_verify(w);
    write_well_formed(w);
    write_challenges(w);
    write_invert(w);
    write_linearize(w, e);
    write_weigh(w);
    write_opening(w);
    if (w->t.full) return zk_fail(ZK_ERR_FULL, "the verifier's source is longer than %zu bytes", w->t.cap);
    return ZK_OK;
}

zk_err solidity_write(char *out, size_t cap, size_t *len, const struct verifying_key *vk, const char *contract,
                      struct arena *scratch)
{
    struct writer w = {.t = {.out = out, .cap = cap}, .vk = vk, .cs = vk->cs};
    assert(is_identifier(contract));
    *len = 0;
    if (vk->transcript != TRANSCRIPT_KECCAK)
        return zk_fail(ZK_ERR_UNSUPPORTED, "only keys with the Keccak transcript have a Solidity verifier");
    size_t mark = arena_mark(scratch);
    zk_err err = write_all(&w, contract, scratch);
    arena_release(scratch, mark);
    if (err == ZK_OK) *len = w.t.len;
    return err;
}

uint32_t solidity_products(const struct verifying_key *vk)
{
    return PLONK_ADVICE + count_aux(vk->cs) + PLONK_CHUNKS + vk->n_fixed_commits + vk->n_table_commits + 2;
}
