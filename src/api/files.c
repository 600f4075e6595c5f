#include "api/files.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct files {
    const struct web_file *list;
    size_t n;
};

zk_err files_create(struct files **out, const struct web_file *list, size_t n)
{
    *out = malloc(sizeof **out);
    if (*out == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the web application");
    **out = (struct files){list, n};
    return ZK_OK;
}

void files_destroy(struct files *f)
{
    free(f);
}

static const struct web_file *find(const struct files *f, const char *path)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].path, path) == 0) return &f->list[i];
    return NULL;
}

static const struct web_file *file_of(const struct files *f, const char *path)
{
    const struct web_file *file = find(f, path);
    if (file != NULL) return file;
    return strchr(strrchr(path, '/'), '.') == NULL ? find(f, "/index.html") : NULL;
}

static char *inflated(const struct web_file *file)
{
    char *out = malloc(file->len + 1);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)file->gzip,
                  .avail_in = (uInt)file->gzip_len,
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)file->len};
    if (out == NULL || inflateInit2(&z, 15 + 16) != Z_OK) {
        free(out);
        return NULL;
    }
    bool ok = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == file->len;
    inflateEnd(&z);
    if (ok) return out;
    free(out);
    return NULL;
}

static char *copied(const struct web_file *file)
{
    char *out = malloc(file->gzip_len);
    if (out != NULL) memcpy(out, file->gzip, file->gzip_len);
    return out;
}

void files_serve(const struct files *f, const struct http_request *r, struct http_exchange *x)
{
    const struct web_file *file = r->path[0] == '/' ? file_of(f, r->path) : NULL;
    if (file == NULL) {
        http_reply_text(x, 404, "text/plain; charset=utf-8", "Not found\n");
        return;
    }
    struct http_response a = {
        .status = 200,
        .type = file->type,
        .packed = http_takes_gzip(x),
        .fields = {{"ETag", file->etag},
                   {"Cache-Control",
                    strncmp(file->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable" : "no-cache"},
                   {"Content-Security-Policy",
                    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
                    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action "
                    "'self'; frame-ancestors 'none'"},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Vary", "Accept-Encoding"},
                   {NULL, NULL}}};
    const char *known = http_header(x, "If-None-Match");
    if (known != NULL && (strcmp(known, "*") == 0 || strstr(known, file->etag) != NULL)) {
        a.status = 304;
        a.packed = false;
    } else {
        a.body = a.packed ? copied(file) : inflated(file);
        a.len = a.packed ? file->gzip_len : file->len;
        if (a.body == NULL) {
            http_reply_text(x, 500, "text/plain; charset=utf-8", "Out of memory\n");
            return;
        }
    }
    http_reply(x, &a);
}
