/* file: whole files: replaced at once, or mapped into memory to be read.
 *
 * Failure  ZK_ERR_IO with the path and the system's reason; ZK_ERR_INPUT for what is not a regular file.
 * Threads  any; of those that replace one file at once, the last wins, whole. */
#ifndef ZK_BASE_FILE_H
#define ZK_BASE_FILE_H

#include "base/common.h"

#define FILE_PATH_MAX 4096

struct file_piece {
    const void *bytes;
    size_t len;
};

/* The file at path becomes the pieces, one after the other, or stays what it was: they are written to a temporary file
 * beside it, synced, and renamed. If the machine stops right after this returns, the new file is there. */
ZK_MUST_USE zk_err file_replace(const char *path, const struct file_piece *pieces, size_t n);

/* A file's bytes, read only; whole pages, so bytes is aligned to one. A file that another program makes shorter in the
 * meantime ends this one at the next read there, so map only files that are replaced, not rewritten. */
struct file_map {
    const uint8_t *bytes; /* NULL if len = 0 */
    size_t len;
};

ZK_MUST_USE zk_err file_map(struct file_map *out, const char *path);

/* Harmless on a zeroed struct. */
void file_unmap(struct file_map *m);

#endif
