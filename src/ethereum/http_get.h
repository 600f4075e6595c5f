/* http_get: one GET, for answers that are JSON: what rpc.h is for POST.
 *
 * Failure   ZK_ERR_IO: no answer after `tries`, or not JSON. HTTP statuses of 400 and more are in *status, with the
 *           body if it is JSON.
 * Secrets   messages name host and port alone. */
#ifndef ZK_ETHEREUM_HTTP_GET_H
#define ZK_ETHEREUM_HTTP_GET_H

#include "base/common.h"

struct json_object;

/* *out: owned by the caller; NULL if the body is JSON's null. */
ZK_MUST_USE zk_err http_get_json(struct json_object **out, long *status, const char *url, uint32_t timeout_ms,
                                 uint32_t tries);

#endif
