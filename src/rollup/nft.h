/* nft: the address that the wire protocol shows for an NFT: a name made of what it is, owned by nobody.
 *
 *   h = Rescue(creator 4 | serial 4 | content hash 0 .. 15, content hash 16 .. 31), both read as big-endian integers
 *   address = the low 160 bits of h, big-endian
 *
 * Failure  cannot fail.  Source  zkSync 1.x; tests/vectors/nft.json. */
#ifndef ZK_ROLLUP_NFT_H
#define ZK_ROLLUP_NFT_H

#include "rollup/op.h"

void nft_address(eth_address *out, const struct nft_content *content);

#endif
