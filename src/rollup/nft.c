#include "rollup/nft.h"

#include "hash/rescue.h"

void nft_address(eth_address *out, const struct nft_content *content)
{
    uint8_t be[2][32] = {{0}, {0}};
    store_be32(be[0] + 8, content->creator);
    store_be32(be[0] + 12, content->serial);
    memcpy(be[0] + 16, content->hash.b, 16);
    memcpy(be[1] + 16, content->hash.b + 16, 16);
    fr in[2], h[2];
    bool ok = fr_from_be32(&in[0], be[0]) && fr_from_be32(&in[1], be[1]);
    assert(ok); /* both are below 2^192 */
    rescue_hash(h, in, 2);
    uint8_t digest[32];
    fr_to_be32(digest, &h[0]);
    memcpy(out->b, digest + 12, sizeof out->b);
}
