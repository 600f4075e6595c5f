#include "ethereum/http_get.h"

#include "ethereum/http_body.h"

#include <curl/curl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BODY_MAX  ((size_t)64 << 20)
#define DEPTH_MAX 64
#define PAUSE_MS  250

/* Host and port of a URL, without user and path; "?" if it has none. */
static void host_of(char *out, size_t cap, const char *url)
{
    const char *begin = strstr(url, "://");
    begin = begin != NULL ? begin + 3 : "?";
    size_t len = strcspn(begin, "/?#");
    for (size_t i = len; i-- > 0;) {
        if (begin[i] != '@') continue;
        begin += i + 1;
        len -= i + 1;
        break;
    }
    if (len >= cap) len = cap - 1;
    memcpy(out, begin, len);
    out[len] = '\0';
}

static bool set_options(CURL *c, const char *url, uint32_t timeout_ms, struct http_body *b)
{
    bool ok = curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, http_body_take) == CURLE_OK;
    return ok && curl_easy_setopt(c, CURLOPT_WRITEDATA, b) == CURLE_OK;
}

static zk_err parse(struct json_object **out, const struct http_body *b, const char *host, long status)
{
    struct json_tokener *parser = json_tokener_new_ex(DEPTH_MAX);
    if (parser == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to read an answer");
    *out = json_tokener_parse_ex(parser, http_body_text(b), (int)b->len);
    bool ok = json_tokener_get_error(parser) == json_tokener_success;
    json_tokener_free(parser);
    if (ok) return ZK_OK;
    json_object_put(*out);
    *out = NULL;
    return zk_fail(ZK_ERR_IO, "%s answers with HTTP %ld and something that is not JSON", host, status);
}

static zk_err attempt(struct json_object **out, long *status, CURL *c, struct http_body *b, const char *host)
{
    b->len = 0;
    b->full = false;
    CURLcode code = curl_easy_perform(c);
    if (b->full) return zk_fail(ZK_ERR_IO, "%s answers with more than %zu bytes", host, BODY_MAX);
    if (code != CURLE_OK) return zk_fail(ZK_ERR_IO, "%s: %s", host, curl_easy_strerror(code));
    (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
    if (*status == 429 || *status >= 500) return zk_fail(ZK_ERR_IO, "%s answers with HTTP %ld", host, *status);
    return parse(out, b, host, *status);
}

zk_err http_get_json(struct json_object **out, long *status, const char *url, uint32_t timeout_ms, uint32_t tries)
{
    char host[256];
    struct http_body body = {.max = BODY_MAX};
    *out = NULL;
    *status = 0;
    host_of(host, sizeof host, url);
    CURL *c = curl_easy_init();
    if (c == NULL || !set_options(c, url, timeout_ms, &body)) {
        curl_easy_cleanup(c);
        return zk_fail(ZK_ERR_MEMORY, "cannot set up a request to %s", host);
    }
    zk_err err = ZK_ERR_IO;
    for (uint32_t k = 0; k < tries && err == ZK_ERR_IO; k++) {
        const struct timespec pause = {0, PAUSE_MS * 1000000L};
        if (k > 0) (void)nanosleep(&pause, NULL);
        err = attempt(out, status, c, &body, host);
    }
    curl_easy_cleanup(c);
    free(body.bytes);
    return err;
}
