#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_MAX ((size_t)1 << 30) /* Linux writes at most 2 GiB a call */

static zk_err failed(const char *what, const char *path)
{
    return zk_fail(ZK_ERR_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

static zk_err write_pieces(int fd, const struct file_piece *pieces, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = pieces[i].bytes;
        for (size_t left = pieces[i].len; left > 0;) {
            const ssize_t got = write(fd, at, left < PIECE_MAX ? left : PIECE_MAX);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failed("write", path);
            at += got;
            left -= (size_t)got;
        }
    }
    return fsync(fd) == 0 ? ZK_OK : failed("sync", path);
}

/* The rename is in the folder: it lasts once that is synced. */
static zk_err sync_folder_of(const char *path)
{
    char folder[FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t len = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, path, len);
    folder[len] = '\0';
    if (len == 0) memcpy(folder, ".", 2);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed("open", folder);
    zk_err err = fsync(fd) == 0 ? ZK_OK : failed("sync", folder);
    (void)close(fd);
    return err;
}

zk_err file_replace(const char *path, const struct file_piece *pieces, size_t n)
{
    static atomic_ulong calls; /* two threads may replace one file: each writes a temporary one of its own */
    char temporary[FILE_PATH_MAX];
    const int got =
        snprintf(temporary, sizeof(temporary), "%s.%ld.%lu.tmp", path, (long)getpid(), atomic_fetch_add(&calls, 1));
    if (got < 0 || (size_t)got >= sizeof(temporary)) return zk_fail(ZK_ERR_RANGE, "the path %.40s.. is too long", path);
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return failed("create", temporary);
    zk_err err = write_pieces(fd, pieces, n, temporary);
    if (close(fd) != 0 && err == ZK_OK) err = failed("close", temporary);
    if (err == ZK_OK && rename(temporary, path) != 0) err = failed("rename", temporary);
    if (err != ZK_OK) {
        (void)unlink(temporary);
        return err;
    }
    return sync_folder_of(path);
}

static zk_err map_fd(struct file_map *out, int fd, const char *path)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return failed("stat", path);
    if (!S_ISREG(st.st_mode)) return zk_fail(ZK_ERR_INPUT, "%s is not a file", path);
    out->len = (size_t)st.st_size;
    if (out->len == 0) return ZK_OK;
    void *p = mmap(NULL, out->len, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        out->len = 0;
        return failed("map", path);
    }
    out->bytes = p;
    return ZK_OK;
}

zk_err file_map(struct file_map *out, const char *path)
{
    *out = (struct file_map){NULL, 0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failed("open", path);
    zk_err err = map_fd(out, fd, path);
    (void)close(fd);
    return err;
}

void file_unmap(struct file_map *m)
{
    if (m->bytes != NULL) (void)munmap((void *)(uintptr_t)m->bytes, m->len);
    *m = (struct file_map){NULL, 0};
}
