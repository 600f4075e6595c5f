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

static zk_err is_on_chain(bool *yes, struct rpc *r, const struct log_scan_anchor *anchor)
{
    struct eth_block block;
    bool found;
    ZK_TRY(eth_rpc_block(r, &block, &found, anchor->number));
    *yes = found && memcmp(block.hash, anchor->hash, 32) == 0;
    return ZK_OK;
}

/* Drops anchors that left the chain. The anchors are rising, so are their fates: binary search. *changed if any went.
 * */
static zk_err check_anchors(struct log_scan *s, struct rpc *r, bool *changed)
{
    bool yes = true;
    *changed = false;
    if (s->n_anchors == 0) return ZK_OK;
    ZK_TRY(is_on_chain(&yes, r, &s->anchors[s->n_anchors - 1]));
    if (yes) return ZK_OK;
    size_t kept = 0;                /* anchors below it are on the chain */
    size_t gone = s->n_anchors - 1; /* this one and those above are not */
    while (kept < gone) {
        size_t middle = kept + (gone - kept) / 2;
        ZK_TRY(is_on_chain(&yes, r, &s->anchors[middle]));
        if (yes)
            kept = middle + 1;
        else
            gone = middle;
    }
    s->n_anchors = kept;
    s->next = kept == 0 ? s->first : s->anchors[kept - 1].number + 1;
    *changed = true;
    return ZK_OK;
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
    /* The chain that ended in `last` before and after also held the newest anchor: what was read before still stands.
     * */
    bool continues = true;
    zk_err err = s->n_anchors == 0 ? ZK_OK : is_on_chain(&continues, r, &s->anchors[s->n_anchors - 1]);
    if (err == ZK_OK) err = eth_rpc_block(r, &after, &found, to);
    *again = err == ZK_OK && (!continues || !found || memcmp(after.hash, last->hash, 32) != 0);
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
    bool changed;
    bool again = true;
    *step = (struct log_scan_step){.from = s->next};
    ZK_TRY(eth_rpc_block_tag(r, &head, "latest"));
    zk_err err = check_anchors(s, r, &changed);
    if (err != ZK_OK) goto failed;
    step->head = head.number;
    if (changed) {
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
    if (s->span < LOG_SCAN_SPAN_MAX) s->span *= 2;
    add_anchor(s, to, last.hash);
    return ZK_OK;
failed:
    *s = saved;
    return err;
}
