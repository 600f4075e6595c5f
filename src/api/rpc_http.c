#include "api/rpc_http.h"

#include "api/rpc.h"

#include <string.h>
#include <strings.h>

static void on_reply(void *ctx, char *text, size_t len)
{
    struct http_exchange *x = ctx;
    http_reply(x, &(struct http_response){.status = 200, .type = "application/json", .body = text, .len = len});
}

/* application/json, whatever its parameters. */
static bool is_json(const char *type)
{
    static const char want[] = "application/json";
    if (type == NULL || strncasecmp(type, want, sizeof want - 1) != 0) return false;
    type += sizeof want - 1;
    type += strspn(type, " \t");
    return *type == '\0' || *type == ';';
}

void rpc_http_handle(struct api *api, const struct http_request *r, struct http_exchange *x, bool is_web3)
{
    static const char text[] = "text/plain; charset=utf-8";
    if (r->method == HTTP_OPTIONS) {
        http_reply(x, &(struct http_response){.status = 200});
    } else if (r->method != HTTP_POST) {
        http_reply_text(x, 405, text, "Used HTTP Method is not allowed. POST or OPTIONS is required\n");
    } else if (!is_json(http_header(x, "Content-Type"))) {
        http_reply_text(x, 415, text,
                        "Supplied content type is not allowed. Content-Type: application/json is required\n");
    } else {
        rpc_handle(api, r->body, r->body_len, &(struct rpc_origin){.is_web3 = is_web3, .who = r->who}, on_reply, x);
    }
}
