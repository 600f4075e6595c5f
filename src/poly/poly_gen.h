/* Written by poly_gen.py from the modulus of fr; do not edit. */
#ifndef ZK_POLY_GEN_H
#define ZK_POLY_GEN_H

#define FR_MINUS_P52_L {0xe0a6c0fffffff, 0xb786468f6ebc1, 0xe7ea7a2d7cc17, 0x5fd647afba497, 0xfcf9bb18d1ece} /* 2^260 - p, in radix 2^52 */
#define FR_NINV260_L {0x1f593efffffff, 0x4b4c6911b3c2e, 0x9062391658686, 0x41b2e39a98289, 0x273f82f1d0d83} /* -1/p mod 2^260, in radix 2^52 */
#define FR_MU260 84 /* 2^260 / p, rounded down */

#endif
