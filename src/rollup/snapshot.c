#include "rollup/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rollup/state_internal.h"

#define VERSION       1
#define HEADER_BYTES  56
#define ACCOUNT_BYTES (20 + 20 + 4 + 4 + 32 + 2)
#define NFT_BYTES     (4 + 4 + 4 + 32 + 32)
#define DIGEST_BYTES  32
#define BUFFER_BYTES  ((size_t)1 << 20)

static const uint8_t magic[8] = {'z', 'k', 'r', 's', 't', 'a', 't', 'e'};

/* A file being written or read through one buffer of BUFFER_BYTES, and the digest of what passed. Borrows the buffer.
 * The first failure sticks. */
struct stream {
    int fd;
    const char *path;
    EVP_MD_CTX *digest;
    uint8_t *buf;
    size_t used, len; /* of the buffer: position, and when reading how much there is */
    zk_err err;
};

static zk_err stream_open(struct stream *f, uint8_t *buf, const char *path, int flags)
{
    *f = (struct stream){.fd = -1, .path = path, .buf = buf};
    f->digest = EVP_MD_CTX_new();
    if (buf == NULL || f->digest == NULL || EVP_DigestInit_ex(f->digest, EVP_sha256(), NULL) != 1)
        return zk_fail(ZK_ERR_MEMORY, "no memory to read or write a snapshot");
    f->fd = open(path, flags | O_CLOEXEC, 0600);
    if (f->fd < 0) return zk_fail(ZK_ERR_IO, "cannot open snapshot %s: errno %d", path, errno);
    return ZK_OK;
}

static void stream_close(struct stream *f)
{
    if (f->fd >= 0) (void)close(f->fd);
    EVP_MD_CTX_free(f->digest);
}

static void stream_digest(struct stream *f, const uint8_t *p, size_t n)
{
    if (EVP_DigestUpdate(f->digest, p, n) != 1) f->err = zk_fail(ZK_ERR_MEMORY, "SHA-256 failed");
}

static void stream_digest_end(struct stream *f, uint8_t digest[DIGEST_BYTES])
{
    if (EVP_DigestFinal_ex(f->digest, digest, NULL) != 1) f->err = zk_fail(ZK_ERR_MEMORY, "SHA-256 failed");
}

/* ---- saving */

static void write_all(struct stream *f, const uint8_t *p, size_t n)
{
    while (n > 0 && f->err == ZK_OK) {
        ssize_t done = write(f->fd, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            f->err = zk_fail(ZK_ERR_IO, "cannot write snapshot %s: errno %d", f->path, errno);
            return;
        }
        p += done;
        n -= (size_t)done;
    }
}

static void flush(struct stream *f)
{
    stream_digest(f, f->buf, f->used);
    write_all(f, f->buf, f->used);
    f->used = 0;
}

/* Room for n bytes in the buffer; n is far below its size. */
static uint8_t *reserve(struct stream *f, size_t n)
{
    if (BUFFER_BYTES - f->used < n) flush(f);
    uint8_t *p = f->buf + f->used;
    f->used += n;
    return p;
}

static void save_header(struct stream *f, const struct state *s)
{
    uint8_t *p = reserve(f, HEADER_BYTES);
    memcpy(p, magic, sizeof magic);
    store_le32(p + 8, VERSION);
    store_le32(p + 12, s->account_count);
    store_le32(p + 16, s->nft_count);
    store_le32(p + 20, 0);
    fr root;
    state_root(&root, s);
    fr_to_be32(p + 24, &root);
}

static void save_account(struct stream *f, const struct state *s, uint32_t id)
{
    const struct account_record *a = &s->accounts[id];
    *reserve(f, 1) = a->exists;
    if (!a->exists) return;
    uint8_t *p = reserve(f, ACCOUNT_BYTES);
    memcpy(p, a->address.b, 20);
    memcpy(p + 20, a->pubkey_hash.b, 20);
    store_le32(p + 40, a->nonce);
    store_le32(p + 44, a->minted);
    fr leaf;
    tree_node(&leaf, &s->account_tree, 0, id);
    fr_to_le32(p + 48, &leaf);
    p[80] = (uint8_t)a->balances.n;
    p[81] = (uint8_t)(a->balances.n >> 8);
    for (unsigned i = 0; i < a->balances.n; i++) {
        u128 amount;
        uint32_t token = balance_at(&amount, &s->balances, &a->balances, i);
        p = reserve(f, 18);
        p[0] = (uint8_t)token;
        p[1] = (uint8_t)(token >> 8);
        store_le64(p + 2, (uint64_t)amount);
        store_le64(p + 10, (uint64_t)(amount >> 64));
    }
}

static void save_nft(struct stream *f, const struct state *s, uint32_t i)
{
    const struct nft_record *nft = &s->nfts[i];
    *reserve(f, 1) = nft->exists;
    if (!nft->exists) return;
    uint8_t *p = reserve(f, NFT_BYTES);
    store_le32(p, nft->owner);
    store_le32(p + 4, nft->creator);
    store_le32(p + 8, nft->serial);
    memcpy(p + 12, nft->hash.b, 32);
    fr leaf;
    tree_node(&leaf, &s->nft_tree, 0, NFT_ID_FIRST + i);
    fr_to_le32(p + 44, &leaf);
}

static zk_err save_to(struct stream *f, const struct state *s)
{
    save_header(f, s);
    for (uint32_t id = 0; id < s->account_count && f->err == ZK_OK; id++) save_account(f, s, id);
    for (uint32_t i = 0; i < s->nft_count && f->err == ZK_OK; i++) save_nft(f, s, i);
    flush(f);
    uint8_t digest[DIGEST_BYTES];
    stream_digest_end(f, digest);
    write_all(f, digest, sizeof digest);
    if (f->err == ZK_OK && fsync(f->fd) != 0)
        f->err = zk_fail(ZK_ERR_IO, "cannot sync snapshot %s: errno %d", f->path, errno);
    return f->err;
}

/* A rename is durable once the folder is synced. */
static zk_err sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t len = slash != NULL ? (size_t)(slash - path) : 0;
    if (len >= sizeof folder) return zk_fail(ZK_ERR_IO, "the path of a snapshot is too long");
    memcpy(folder, path, len);
    folder[len] = '\0';
    int fd = open(slash == NULL ? "." : len == 0 ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return zk_fail(ZK_ERR_IO, "cannot open the folder of snapshot %s: errno %d", path, errno);
    int failed = fsync(fd);
    (void)close(fd);
    return failed == 0 ? ZK_OK : zk_fail(ZK_ERR_IO, "cannot sync the folder of snapshot %s: errno %d", path, errno);
}

zk_err state_save(const struct state *s, const char *path)
{
    char tmp[4096];
    int len = snprintf(tmp, sizeof tmp, "%s.tmp", path);
    if (len < 0 || (size_t)len >= sizeof tmp) return zk_fail(ZK_ERR_IO, "the path of a snapshot is too long");
    struct stream f;
    uint8_t *buf = malloc(BUFFER_BYTES);
    zk_err err = stream_open(&f, buf, tmp, O_WRONLY | O_CREAT | O_TRUNC);
    if (err == ZK_OK) err = save_to(&f, s);
    stream_close(&f);
    free(buf);
    if (err == ZK_OK && rename(tmp, path) != 0)
        err = zk_fail(ZK_ERR_IO, "cannot rename snapshot %s: errno %d", tmp, errno);
    if (err != ZK_OK) {
        (void)unlink(tmp);
        return err;
    }
    return sync_folder(path);
}

/* ---- loading */

static zk_err corrupt(const struct stream *f, const char *what)
{
    return zk_fail(ZK_ERR_CORRUPT, "snapshot %s is damaged (%s): restore another, or replay from L1", f->path, what);
}

/* Digests what was taken, moves what is left of the buffer to its front, and fills the rest. */
static void refill(struct stream *f)
{
    stream_digest(f, f->buf, f->used);
    memmove(f->buf, f->buf + f->used, f->len - f->used);
    f->len -= f->used;
    f->used = 0;
    while (f->len < BUFFER_BYTES) {
        ssize_t got = read(f->fd, f->buf + f->len, BUFFER_BYTES - f->len);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) f->err = zk_fail(ZK_ERR_IO, "cannot read snapshot %s: errno %d", f->path, errno);
        if (got <= 0) return;
        f->len += (size_t)got;
    }
}

/* The next n bytes, or NULL with f->err set. */
static const uint8_t *take(struct stream *f, size_t n)
{
    if (f->len - f->used < n) refill(f);
    if (f->err == ZK_OK && f->len - f->used < n) f->err = corrupt(f, "it ends too early");
    if (f->err != ZK_OK) return NULL;
    const uint8_t *p = f->buf + f->used;
    f->used += n;
    return p;
}

struct snapshot_header {
    uint32_t account_count, nft_count;
    fr root;
};

static zk_err load_header(struct snapshot_header *h, struct stream *f, const struct state_config *config)
{
    const uint8_t *p = take(f, HEADER_BYTES);
    if (p == NULL) return f->err;
    if (memcmp(p, magic, sizeof magic) != 0) return corrupt(f, "it is no snapshot");
    if (load_le32(p + 8) != VERSION)
        return zk_fail(ZK_ERR_UNSUPPORTED, "snapshot %s has version %u; this build reads version %d", f->path,
                       load_le32(p + 8), VERSION);
    h->account_count = load_le32(p + 12);
    h->nft_count = load_le32(p + 16);
    if (load_le32(p + 20) != 0 || !fr_from_be32(&h->root, p + 24)) return corrupt(f, "header");
    if (h->account_count < 1 || h->account_count > ACCOUNT_ID_MAX + 1 || h->nft_count > NFT_ID_LAST - NFT_ID_FIRST + 1)
        return corrupt(f, "counts");
    if (h->account_count > config->accounts || h->nft_count > config->nfts)
        return zk_fail(ZK_ERR_FULL, "snapshot %s has %u accounts and %u NFTs: configure room for them", f->path,
                       h->account_count, h->nft_count);
    return ZK_OK;
}

static zk_err load_exists(bool *exists, struct stream *f)
{
    const uint8_t *p = take(f, 1);
    if (p == NULL) return f->err;
    if (*p > 1) return corrupt(f, "a flag");
    *exists = *p == 1;
    return ZK_OK;
}

static zk_err load_balances(struct state *s, struct account_record *a, struct stream *f, unsigned n)
{
    uint32_t last = 0;
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *p = take(f, 18);
        if (p == NULL) return f->err;
        uint32_t token = p[0] | (uint32_t)p[1] << 8;
        u128 amount = load_le64(p + 2) | (u128)load_le64(p + 10) << 64;
        if (!token_is_fungible(token) || (i > 0 && token <= last) || amount == 0) return corrupt(f, "a balance");
        balance_set(&s->balances, &a->balances, token, amount);
        last = token;
    }
    return ZK_OK;
}

static zk_err load_account(struct state *s, struct stream *f, uint32_t id)
{
    bool exists = false;
    ZK_TRY(load_exists(&exists, f));
    if (!exists) return ZK_OK;
    /* A list that grows from nothing to its largest takes a block of each size: less than two of the largest. */
    if (!balance_pool_has_room(&s->balances, 2))
        return zk_fail(ZK_ERR_FULL, "snapshot %s has more balances than there is room for: configure more", f->path);
    const uint8_t *p = take(f, ACCOUNT_BYTES);
    if (p == NULL) return f->err;
    struct account_record *a = &s->accounts[id];
    memcpy(a->address.b, p, 20);
    memcpy(a->pubkey_hash.b, p + 20, 20);
    a->nonce = load_le32(p + 40);
    a->minted = load_le32(p + 44);
    a->exists = true;
    fr leaf;
    if (!fr_from_le32(&leaf, p + 48)) return corrupt(f, "a leaf");
    tree_set_leaf(&s->account_tree, id, &leaf);
    unsigned n = p[80] | (unsigned)p[81] << 8;
    if (n > TOKEN_ID_LAST + 1) return corrupt(f, "a number of balances");
    address_table_add(&s->addresses, id);
    return load_balances(s, a, f, n);
}

static zk_err load_nft(struct state *s, struct stream *f, uint32_t i)
{
    bool exists = false;
    ZK_TRY(load_exists(&exists, f));
    if (!exists) return ZK_OK;
    const uint8_t *p = take(f, NFT_BYTES);
    if (p == NULL) return f->err;
    struct nft_record *nft = &s->nfts[i];
    nft->owner = load_le32(p);
    nft->creator = load_le32(p + 4);
    nft->serial = load_le32(p + 8);
    memcpy(nft->hash.b, p + 12, 32);
    nft->exists = true;
    bool owner_ok = nft->owner < s->account_count || nft->owner == ACCOUNT_ID_NOBODY;
    if (!owner_ok || nft->creator >= s->account_count) return corrupt(f, "an NFT");
    fr leaf;
    if (!fr_from_le32(&leaf, p + 44)) return corrupt(f, "a leaf");
    tree_set_leaf(&s->nft_tree, NFT_ID_FIRST + i, &leaf);
    return ZK_OK;
}

static zk_err load_digest(struct stream *f)
{
    uint8_t want[DIGEST_BYTES];
    refill(f);
    stream_digest_end(f, want);
    if (f->err != ZK_OK) return f->err;
    if (f->len != DIGEST_BYTES) return corrupt(f, "its length");
    return memcmp(want, f->buf, DIGEST_BYTES) == 0 ? ZK_OK : corrupt(f, "checksum");
}

static zk_err load_from(struct state **out, const struct state_config *config, struct stream *f, bool recompute,
                        struct pool *pool)
{
    struct snapshot_header h = {0};
    ZK_TRY(load_header(&h, f, config));
    ZK_TRY(state_create_empty(out, config));
    struct state *s = *out;
    s->account_count = h.account_count;
    s->nft_count = h.nft_count;
    for (uint32_t id = 0; id < h.account_count; id++) ZK_TRY(load_account(s, f, id));
    for (uint32_t i = 0; i < h.nft_count; i++) ZK_TRY(load_nft(s, f, i));
    ZK_TRY(load_digest(f));

    fr root;
    if (recompute) {
        state_rebuild_leaves(s, pool);
    } else {
        tree_rebuild(&s->account_tree, s->account_count, pool);
        tree_rebuild(&s->nft_tree, s->nft_count, pool);
    }
    state_root(&root, s);
    return fr_eq(&root, &h.root) ? ZK_OK : corrupt(f, "it does not lead to its root");
}

zk_err state_load(struct state **out, const struct state_config *config, const char *path, bool recompute,
                  struct pool *pool)
{
    *out = NULL;
    struct stream f;
    uint8_t *buf = malloc(BUFFER_BYTES);
    zk_err err = stream_open(&f, buf, path, O_RDONLY);
    if (err == ZK_OK) err = load_from(out, config, &f, recompute, pool);
    stream_close(&f);
    free(buf);
    if (err != ZK_OK) {
        state_destroy(*out);
        *out = NULL;
    }
    return err;
}
