#include "ethereum/log_scan.h"

#include "base/bytes.h"

#define SPAN_FIRST 1000

void log_scan_init(struct log_scan *s, uint64_t first_block)
{
    *s = (struct log_scan){.first = first_block, .next = first_block, .span = SPAN_FIRST};
}

/* Keeps the newest anchors dense and the older ones at distances that double: of three neighbours, the middle one goes
 * where the gap around it is smallest compared with its age. */
static void thin_out(struct log_scan *s)
{
    size_t drop = 1;
    double best = 1e300;
    uint64_t newest = s->anchors[s->n_anchors - 1].number;
    for (size_t i = 1; i + 1 < s->n_anchors; i++) {
        double gap = (double)(s->anchors[i + 1].number - s->anchors[i - 1].number);
        double age = (double)(newest - s->anchors[i].number) + 1;
        if (gap / age < best) {
            best = gap / age;
            drop = i;
        }
    }
    memmove(&s->anchors[drop], &s->anchors[drop + 1], (s->n_anchors - drop - 1) * sizeof s->anchors[0]);
    s->n_anchors--;
}

static void add_anchor(struct log_scan *s, uint64_t number, const uint8_t hash[32])
{
    if (s->n_anchors == LOG_SCAN_ANCHORS) thin_out(s);
    s->anchors[s->n_anchors].number = number;
    memcpy(s->anchors[s->n_anchors].hash, hash, 32);
    s->n_anchors++;
}

typedef enum anchor_fate { ANCHOR_STANDS, ANCHOR_GONE, ANCHOR_UNKNOWN } anchor_fate;

/* Stands, or another block is in its place, or the node has no block of its number. */
static zk_err look_at(anchor_fate *fate, struct rpc *r, const struct log_scan_anchor *anchor)
{
    struct eth_block block;
    bool found;
    ZK_TRY(eth_rpc_block(r, &block, &found, anchor->number));
    *fate = ANCHOR_UNKNOWN;
    if (found) *fate = memcmp(block.hash, anchor->hash, 32) == 0 ? ANCHOR_STANDS : ANCHOR_GONE;
    return ZK_OK;
}

/* The fate of the first anchor that does not stand, if there is one; drops those that left the chain. With rising
 * numbers, anchors stand up to the fork, are gone up to the node's head, and unknown above: binary search. */
static zk_err check_anchors(anchor_fate *fate, struct log_scan *s, struct rpc *r)
{
    *fate = ANCHOR_STANDS;
    if (s->n_anchors == 0) return ZK_OK;
    size_t first = s->n_anchors - 1; /* of those known not to stand; *fate is its */
    ZK_TRY(look_at(fate, r, &s->anchors[first]));
    if (*fate == ANCHOR_STANDS) return ZK_OK;
    for (size_t kept = 0; kept < first;) { /* anchors below `kept` stand */
        size_t middle = kept + (first - kept) / 2;
        anchor_fate found;
        ZK_TRY(look_at(&found, r, &s->anchors[middle]));
        if (found == ANCHOR_STANDS) {
            kept = middle + 1;
        } else {
            first = middle;
            *fate = found;
        }
    }
    if (*fate == ANCHOR_UNKNOWN) return ZK_OK;
    s->n_anchors = first;
    s->next = first == 0 ? s->first : s->anchors[first - 1].number + 1;
    return ZK_OK;
}

/* Logs of the last block name it: where they do not, they are of another chain. */
static bool logs_end_in(const struct eth_logs *logs, const struct eth_block *last)
{
    for (size_t i = 0; i < logs->n; i++)
        if (logs->items[i].block_number == last->number && memcmp(logs->items[i].block_hash, last->hash, 32) != 0)
            return false;
    return true;
}

/* The logs of next .. to, all of one chain that ends in the block given out; *again if the chain moved meanwhile, or
 * the range was too long and is shorter now. */
static zk_err read_range(struct log_scan *s, struct eth_logs *logs, struct eth_block *last, bool *again, struct rpc *r,
                         const struct eth_filter *what, uint64_t to)
{
    struct eth_block after;
    struct eth_filter filter = *what;
    bool found;
    bool too_many;
    *again = true;
    ZK_TRY(eth_rpc_block(r, last, &found, to));
    if (!found) return ZK_OK;
    size_t endpoint = rpc_endpoint(r);
    filter.from_block = s->next;
    filter.to_block = to;
    ZK_TRY(eth_rpc_logs(r, logs, &too_many, &filter));
    if (too_many) {
        uint64_t asked = to - s->next + 1;
        if (asked == 1)
            return zk_fail(ZK_ERR_IO, "L1 does not give the logs of block %llu alone", (unsigned long long)to);
        s->span = asked / 2;
        return ZK_OK;
    }
    /* The chain that ended in `last` before and after also held the newest anchor: what was read before stands. */
    anchor_fate fate = ANCHOR_STANDS;
    zk_err err = s->n_anchors == 0 ? ZK_OK : look_at(&fate, r, &s->anchors[s->n_anchors - 1]);
    if (err == ZK_OK) err = eth_rpc_block(r, &after, &found, to);
    *again = err == ZK_OK && (fate != ANCHOR_STANDS || !found || memcmp(after.hash, last->hash, 32) != 0 ||
                              !logs_end_in(logs, last) || rpc_endpoint(r) != endpoint);
    if (err != ZK_OK || *again) eth_logs_free(logs);
    return err;
}

#define ATTEMPTS_MAX 32 /* halvings of the span; a chain that moves meanwhile ends in LOG_SCAN_IDLE */

zk_err log_scan_step(struct log_scan *s, struct log_scan_step *step, struct rpc *r, const struct eth_filter *filter,
                     uint64_t confirmations)
{
    struct log_scan saved = *s;
    struct eth_block head;
    struct eth_block last;
    anchor_fate fate;
    bool again = true;
    *step = (struct log_scan_step){.from = s->next};
    ZK_TRY(eth_rpc_block_tag(r, &head, "latest"));
    zk_err err = check_anchors(&fate, s, r);
    if (err != ZK_OK) goto failed;
    step->head = head.number;
    if (fate == ANCHOR_UNKNOWN) return ZK_OK;
    if (fate == ANCHOR_GONE) {
        step->outcome = LOG_SCAN_REORG;
        step->from = s->next;
        return ZK_OK;
    }
    if (head.number < confirmations || head.number - confirmations < s->next) return ZK_OK;

    uint64_t newest = head.number - confirmations;
    uint64_t to = s->next;
    for (int i = 0; i < ATTEMPTS_MAX && again; i++) {
        to = newest - s->next >= s->span ? s->next + s->span - 1 : newest;
        err = read_range(s, &step->logs, &last, &again, r, filter, to);
        if (err != ZK_OK) goto failed;
    }
    if (again) return ZK_OK; /* the chain moves while it is read: the next step looks at the anchors */
    step->outcome = LOG_SCAN_LOGS;
    s->next = to + 1;
    s->span = s->span < LOG_SCAN_SPAN_MAX / 2 ? 2 * s->span : LOG_SCAN_SPAN_MAX;
    add_anchor(s, to, last.hash);
    return ZK_OK;
failed:
    *s = saved;
    return err;
}
