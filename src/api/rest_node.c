/* What operators ask: metrics, health, readiness; JSON-RPC on the REST port; the OpenAPI document. */
#include "api/openapi.h"
#include "api/rest.h"
#include "api/rpc.h"
#include "api/rpc_http.h"
#include "node/metrics.h"

#include <stdlib.h>
#include <string.h>

static struct json_object *get_metrics(struct rest_call *c)
{
    char *text;
    size_t len;
    api_gauges(c->api);
    if (metrics_render(&text, &len) != ZK_OK) return fail_status(&c->e, 500, "%s", zk_err_message());
    c->taken = true;
    http_reply(c->x, &(struct http_response){.status = 200, .type = METRICS_CONTENT_TYPE, .body = text, .len = len});
    return NULL;
}

static struct json_object *get_health(struct rest_call *c)
{
    c->taken = true;
    http_reply_text(c->x, 200, "text/plain; charset=utf-8", "ok\n");
    return NULL;
}

static struct json_object *get_ready(struct rest_call *c)
{
    const struct api_config *k = &c->api->config;
    const char *why = NULL;
    if (!worker_heads(c->w, &c->e)) why = "the database does not answer\n";
    if (k->ready != NULL && !k->ready(k->ready_ctx)) why = "a part of the node is not running\n";
    c->e.set = false;
    c->taken = true;
    http_reply_text(c->x, why == NULL ? 200 : 503, "text/plain; charset=utf-8", why == NULL ? "ready\n" : why);
    return NULL;
}

static struct json_object *post_jsrpc(struct rest_call *c)
{
    c->taken = true;
    rpc_http_handle(c->api, c->r, c->x, false);
    return NULL;
}

static struct json_object *post_web3(struct rest_call *c)
{
    c->taken = true;
    rpc_http_handle(c->api, c->r, c->x, true);
    return NULL;
}

static struct json_object *get_openapi(struct rest_call *c)
{
    c->taken = true;
    http_reply_text(c->x, 200, "application/json", openapi_text);
    return NULL;
}

const struct rest_route routes_node[] = {
    {HTTP_GET, REST_RAW, "/metrics", get_metrics},
    {HTTP_GET, REST_RAW, "/health", get_health},
    {HTTP_GET, REST_RAW, "/ready", get_ready},
    {HTTP_POST, REST_RAW, "/jsrpc", post_jsrpc},
    {HTTP_POST, REST_RAW, "/web3", post_web3},
    {HTTP_GET, REST_RAW, "/api/v0.2/openapi.json", get_openapi},
    {HTTP_GET, REST_RAW, "/api/zkroll/v1/openapi.json", get_openapi},
    {0},
};
