/* rpc_http: JSON-RPC over HTTP: POST with application/json, 200 for every answer. */
#ifndef ZK_API_RPC_HTTP_H
#define ZK_API_RPC_HTTP_H

#include "api/http.h"

struct api;

/* is_web3: with the methods of web3.h. */
void rpc_http_handle(struct api *api, const struct http_request *r, struct http_exchange *x, bool is_web3);

#endif
