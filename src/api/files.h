/* files: the web application on the REST port, from memory (web_files.h).
 *
 * A path that names a file gets it; any other path without a dot in its last part is one of the application's addresses
 * and gets index.html. There is no directory behind this, so no path leads out of one.
 * Caching   names under /assets/ carry a hash: kept for ever. All have an ETag.
 * Headers   a Content-Security-Policy that lets the page run its own scripts and talk to this origin, and nothing
 * else. */
#ifndef ZK_API_FILES_H
#define ZK_API_FILES_H

#include "api/http.h"
#include "api/web_files.h"

struct files;

/* Borrows the list; n = 0: no application, every path is 404. */
ZK_MUST_USE zk_err files_create(struct files **out, const struct web_file *list, size_t n);
void files_destroy(struct files *f);

/* Answers GET and HEAD. */
void files_serve(const struct files *f, const struct http_request *r, struct http_exchange *x);

#endif
