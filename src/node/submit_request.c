/* The memory of requests: one piece, and the signatures of contracts beside it. */
#include "node/admission.h"

#include <stdlib.h>

struct submit_request *submit_request_create(size_t n)
{
    assert(n <= SUBMIT_BATCH_MAX);
    struct submit_request *r = calloc(1, sizeof *r + n * sizeof r->txs[0]);
    if (r == NULL) return NULL;
    r->n = n;
    r->n_given = n;
    return r;
}

static void signatures_free(struct submit_signature *signatures, size_t n)
{
    for (size_t i = 0; i < n; i++) free(signatures[i].eip1271);
}

void submit_request_destroy(struct submit_request *r)
{
    if (r == NULL) return;
    signatures_free(r->signatures, ZK_COUNT(r->signatures));
    for (size_t i = 0; i < r->n; i++) signatures_free(r->txs[i].signatures, ZK_COUNT(r->txs[i].signatures));
    free(r);
}
