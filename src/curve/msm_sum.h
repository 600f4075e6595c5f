/* msm_sum: sums of affine points by key, which is all that msm.c does with points before its last step; for it alone.
 *
 *   sums[key] = sum of +-points[index] over the entries (key, index, sign)
 *
 * Form     an entry is key << 32 | index << 1 | sign; sign 1 subtracts. Keys are below n_keys <= MSM_KEYS_MAX, indices
 *          below 2^31. No point that an entry names is infinity; a sum may be, and is then left out.
 * Result   one point a key that has a finite sum, keys ascending or not. The points are canonical affine coordinates,
 *          so that order, cutting and kernel leave no trace in them.
 * Timing   vartime in everything.
 * Memory   a summer's arrays are pushed by msm_summer_init onto the caller's arena; one summer a thread. */
#ifndef ZK_CURVE_MSM_SUM_H
#define ZK_CURVE_MSM_SUM_H

#include "base/common.h"
#include "curve/g1.h"

struct arena;

#define MSM_KEYS_BITS   15
#define MSM_KEYS_MAX    ((size_t)1 << MSM_KEYS_BITS) /* the counters of a sort: 128 KiB */
#define MSM_ENTRIES_MAX ((size_t)1 << 17)            /* of one call */
#define MSM_ROUNDS_MAX  128

/* Work for a kernel: lane s adds up entries[start_k + s] over all rounds k with s < active[k], where start_k is the sum
 * of active[0 .. k-1]. Here an entry is index << 1 | sign. */
struct msm_lanes {
    const g1_affine *points;
    const uint32_t *entries;
    const uint32_t *active; /* [rounds]; never increases; none is 0 */
    size_t rounds;          /* >= 1 */
};

/* One instruction set's way to add points. */
struct msm_kernel {
    const char *name;
    size_t scratch_len;
    /* out[s] = the sum of lane s, possibly infinity, for s < active[0]. out is none of the points. scratch is
     * aligned to ARENA_ALIGN. */
    void (*sum_lanes)(g1_affine *out, const struct msm_lanes *in, void *scratch);
    /* out[i] = 2^times in[i]; infinity stays. out may be in. */
    void (*double_many)(g1_affine *out, const g1_affine *in, size_t n, unsigned times, void *scratch);
};

extern const struct msm_kernel msm_kernel_plain, msm_kernel_ifma;

/* The kernel of the level that cpu_level_get() gives. */
const struct msm_kernel *msm_kernel(void);

/* Where a cut list of one key is kept while the others are counted. */
struct msm_cursor {
    uint32_t lane, round;
};

struct msm_summer {
    const struct msm_kernel *kernel;
    uint32_t *count;           /* [MSM_KEYS_MAX]    entries of a key */
    struct msm_cursor *cursor; /* [MSM_KEYS_MAX]    where a key's next entry goes */
    uint32_t *spare_lane;      /* [MSM_KEYS_MAX]    the lane of a key's last, shorter piece */
    uint32_t *order;           /* [MSM_ENTRIES_MAX] entries by round and lane */
    uint32_t *lane_key;        /* [MSM_ENTRIES_MAX] */
    uint64_t *again;           /* [MSM_ENTRIES_MAX] sums of pieces as entries of the next pass */
    g1_affine *sums[2];        /* [MSM_ENTRIES_MAX] each */
    void *lanes;
};

/* Bytes that msm_summer_init pushes, with alignment. */
size_t msm_summer_len(void);

/* ZK_ERR_FULL. */
ZK_MUST_USE zk_err msm_summer_init(struct msm_summer *s, struct arena *scratch);

/* Returns the number of sums; writes keys[] and out[], each with room for min(n, n_keys). n <= MSM_ENTRIES_MAX. */
size_t msm_sum_by_key(struct msm_summer *s, g1_affine *out, uint32_t *keys, const g1_affine *points,
                      const uint64_t *entries, size_t n, size_t n_keys);

#endif
