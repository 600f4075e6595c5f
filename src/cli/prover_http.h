/* prover_http: a prover's jobs from a node over HTTP (node/proof_jobs.h says how).
 *
 * Trust      the node may be anybody's: answers are bounded and checked for form. A trace from it costs time at worst.
 * Secrets    the token goes into a header, and into no message.
 * Threads    one; prover_http_stop from any, or from a signal handler. */
#ifndef ZK_CLI_PROVER_HTTP_H
#define ZK_CLI_PROVER_HTTP_H

#include "node/prover.h"

struct prover_http;

struct prover_http_config {
    const char *url;   /* of the node's REST server: http:// or https://, without a path */
    const char *token; /* "": none */
    const char *name;  /* proof_jobs_is_name */
};

ZK_MUST_USE zk_err prover_http_create(struct prover_http **out, const struct prover_http_config *config);
void prover_http_destroy(struct prover_http *p);

/* For prover_run; valid until prover_http_destroy. */
struct prover_source prover_http_source(struct prover_http *p);

/* Makes the source say that it is stopping. */
void prover_http_stop(struct prover_http *p);

#endif
