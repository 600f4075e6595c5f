/* Written by field_gen.py from the two moduli of BN254; do not edit. */
#ifndef ZK_FIELD_GEN_H
#define ZK_FIELD_GEN_H

/* FR = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001 */
#define FR_MODULUS_L {0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029} /* the modulus p */
#define FR_R_L {0xac96341c4ffffffb, 0x36fc76959f60cd29, 0x666ea36f7879462e, 0x0e0a77c19a07df2f} /* 2^256 mod p */
#define FR_R2_L {0x1bb8e645ae216da7, 0x53fe3ab1e35c59e3, 0x8c49833d53bb8085, 0x0216d0b17f4e44a5} /* 2^512 mod p */
#define FR_R3_L {0x5e94d8e1b4bf0040, 0x2a489cbe1cfbb6b8, 0x893cc664a19fcfed, 0x0cf8594b7fcc657c} /* 2^768 mod p */
#define FR_HALF_L {0xa1f0fac9f8000000, 0x9419f4243cdcb848, 0xdc2822db40c0ac2e, 0x183227397098d014} /* (p - 1) / 2 */
#define FR_MINUS_TWO_L {0x43e1f593efffffff, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029} /* p - 2 */
#define FR_NINV64 0xc2e1f593efffffff /* -1/p mod 2^64 */
#define FR_TWO_ADICITY 28 /* the largest k with 2^k | p - 1 */
#define FR_ODD_PART_L {0x9b9709143e1f593f, 0x181585d2833e8487, 0x131a029b85045b68, 0x000000030644e72e} /* (p - 1) / 2^TWO_ADICITY */
#define FR_GENERATOR_U64 7 /* a quadratic non-residue; FR: generates the multiplicative group */
#define FR_ROOT_L {0x9632c7c5b639feb8, 0x985ce3400d0ff299, 0xb2dd880001b0ecd8, 0x1d69070d6d98ce29} /* GENERATOR^ODD_PART, of order 2^TWO_ADICITY; times 2^256 */
#define FR_P62_L {0x03e1f593f0000001, 0x20cfa121e6e5c245, 0x05045b68181585d2, 0x19139cb84c680a6e, 0x0000000000000030} /* p in radix 2^62 */
#define FR_R2_62_L {0x1bb8e645ae216da7, 0x0ff8eac78d71678c, 0x049833d53bb80855, 0x05b42c5fd3912963, 0x0000000000000002} /* 2^512 mod p in radix 2^62 */
#define FR_INV62 0x3d1e0a6c10000001 /* 1/p mod 2^62 */
#define FR_P52_L {0x1f593f0000001, 0x4879b9709143e, 0x181585d2833e8, 0xa029b85045b68, 0x030644e72e131} /* p in radix 2^52 */
#define FR_2P52_L {0x3eb27e0000002, 0x90f372e12287c, 0x302b0ba5067d0, 0x405370a08b6d0, 0x060c89ce5c263} /* 2p in radix 2^52 */
#define FR_4P52_L {0x7d64fc0000004, 0x21e6e5c2450f8, 0x6056174a0cfa1, 0x80a6e14116da0, 0x0c19139cb84c6} /* 4p in radix 2^52 */
#define FR_FRIENDLY52_L {0x82e644ee4c3d2, 0xf93893c98b1de, 0xd46fe04d0a4c7, 0x8f0aad55e2a1f, 0x005ed0447de83} /* (k p + 1) / 2^52, k = NINV52 */
#define FR_R52_L {0xb6b753fffffac, 0x380f271055b9d, 0x18f016ecef7c8, 0x724f85a9201d8, 0x01f16424e1bb7} /* 2^260 mod p in radix 2^52 */
#define FR_R52_R52_L {0x0b852d16da6f5, 0xc621620cddce3, 0xaf1b95343ffb6, 0xc3c15e103e7c2, 0x00281528fa122} /* 2^520 mod p in radix 2^52 */
#define FR_NINV52 0x1f593efffffff /* -1/p mod 2^52 */
#define FR_NINV4 15 /* -1/p mod 16 */

/* FQ = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47 */
#define FQ_MODULUS_L {0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029} /* the modulus p */
#define FQ_R_L {0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f} /* 2^256 mod p */
#define FQ_R2_L {0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f} /* 2^512 mod p */
#define FQ_R3_L {0xb1cd6dafda1530df, 0x62f210e6a7283db6, 0xef7f0b0c0ada0afb, 0x20fd6e902d592544} /* 2^768 mod p */
#define FQ_HALF_L {0x9e10460b6c3e7ea3, 0xcbc0b548b438e546, 0xdc2822db40c0ac2e, 0x183227397098d014} /* (p - 1) / 2 */
#define FQ_MINUS_TWO_L {0x3c208c16d87cfd45, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029} /* p - 2 */
#define FQ_NINV64 0x87d20782e4866389 /* -1/p mod 2^64 */
#define FQ_TWO_ADICITY 1 /* the largest k with 2^k | p - 1 */
#define FQ_ODD_PART_L {0x9e10460b6c3e7ea3, 0xcbc0b548b438e546, 0xdc2822db40c0ac2e, 0x183227397098d014} /* (p - 1) / 2^TWO_ADICITY */
#define FQ_GENERATOR_U64 3 /* a quadratic non-residue; FR: generates the multiplicative group */
#define FQ_ROOT_L {0x68c3488912edefaa, 0x8d087f6872aabf4f, 0x51e1a24709081231, 0x2259d6b14729c0fa} /* GENERATOR^ODD_PART, of order 2^TWO_ADICITY; times 2^256 */
#define FQ_P62_L {0x3c208c16d87cfd47, 0x1e05aa45a1c72a34, 0x05045b68181585d9, 0x19139cb84c680a6e, 0x0000000000000030} /* p in radix 2^62 */
#define FQ_R2_62_L {0x332cfc5b538afa89, 0x179c6447511407ef, 0x3ab1eff0a417ff6b, 0x3627dc72ae0d47d1, 0x0000000000000006} /* 2^512 mod p in radix 2^62 */
#define FQ_INV62 0x382df87d1b799c77 /* 1/p mod 2^62 */
#define FQ_P52_L {0x08c16d87cfd47, 0x916871ca8d3c2, 0x181585d97816a, 0xa029b85045b68, 0x030644e72e131} /* p in radix 2^52 */
#define FQ_2P52_L {0x1182db0f9fa8e, 0x22d0e3951a784, 0x302b0bb2f02d5, 0x405370a08b6d0, 0x060c89ce5c263} /* 2p in radix 2^52 */
#define FQ_4P52_L {0x2305b61f3f51c, 0x45a1c72a34f08, 0x60561765e05aa, 0x80a6e14116da0, 0x0c19139cb84c6} /* 4p in radix 2^52 */
#define FQ_FRIENDLY52_L {0xc93a3dee22c55, 0xe15f4ea250777, 0x37f0b49e7cd63, 0x2079e650a0895, 0x006234192d7a1} /* (k p + 1) / 2^52, k = NINV52 */
#define FQ_R52_L {0x20880f6fce4b4, 0x49baa989a8455, 0x18f014a498908, 0x724f85a9201d8, 0x01f16424e1bb7} /* 2^260 mod p in radix 2^52 */
#define FQ_R52_R52_L {0x8a81d1966eb04, 0x6195018016b86, 0xb4f898c98e615, 0x9969bfd531600, 0x00a8469a30d3a} /* 2^520 mod p in radix 2^52 */
#define FQ_NINV52 0x20782e4866389 /* -1/p mod 2^52 */
#define FQ_NINV4 9 /* -1/p mod 16 */

#endif
