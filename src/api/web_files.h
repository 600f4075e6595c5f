/* web_files: the web application's files, inside the program: it serves them without any directory beside it.
 *
 * Made by web/build.mjs and web/embed.mjs at build time (the library zk_web_files). All content is gzip; a client that
 * does not accept it gets what inflating gives. A name under /assets/ carries its content's hash and never changes its
 * meaning; index.html does.
 * Memory    static, constant.  Threads  any. */
#ifndef ZK_API_WEB_FILES_H
#define ZK_API_WEB_FILES_H

#include "base/common.h"

struct web_file {
    const char *path;    /* "/index.html", "/assets/app-6HX2.js" */
    const char *type;    /* of its content: "text/javascript; charset=utf-8" */
    const char *etag;    /* with its quotes */
    const uint8_t *gzip; /* RFC 1952 */
    size_t gzip_len;
    size_t len; /* inflated */
};

extern const struct web_file web_files[];
extern const size_t web_file_count;

#endif
