#include "plonk/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN_MAX 4096

static zk_err io_failed(const char *what, const char *path)
{
    return zk_fail(ZK_ERR_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

static zk_err write_all(int fd, const uint8_t *bytes, size_t len, const char *path)
{
    while (len > 0) {
        const ssize_t got = write(fd, bytes, len);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_failed("write", path);
        bytes += got;
        len -= (size_t)got;
    }
    return fsync(fd) == 0 ? ZK_OK : io_failed("sync", path);
}

static zk_err write_file(const char *path, const uint8_t *bytes, size_t len)
{
    char temporary[PATH_LEN_MAX];
    const int got = snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
    if (got < 0 || (size_t)got >= sizeof(temporary)) return zk_fail(ZK_ERR_RANGE, "the path %.40s.. is too long", path);
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return io_failed("create", temporary);
    zk_err err = write_all(fd, bytes, len, temporary);
    if (close(fd) != 0 && err == ZK_OK) err = io_failed("close", temporary);
    if (err == ZK_OK && rename(temporary, path) != 0) err = io_failed("rename", temporary);
    if (err != ZK_OK) (void)unlink(temporary);
    return err;
}

zk_err key_save(const char *path, const struct proving_key *pk, bool columns, struct arena *scratch)
{
    const size_t mark = arena_mark(scratch);
    const size_t len = key_encoded_len(&pk->vk, columns);
    uint8_t *bytes = arena_push(scratch, uint8_t, len);
    if (bytes == NULL) return ZK_ERR_FULL;
    key_encode(bytes, pk, columns);
    zk_err err = write_file(path, bytes, len);
    arena_release(scratch, mark);
    return err;
}

static zk_err read_all(uint8_t **out, size_t *len, int fd, const char *path, struct arena *scratch)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return io_failed("stat", path);
    if (!S_ISREG(st.st_mode)) return zk_fail(ZK_ERR_INPUT, "%s is not a file", path);
    *len = (size_t)st.st_size;
    *out = arena_push(scratch, uint8_t, *len + 1);
    if (*out == NULL) return ZK_ERR_FULL;
    for (size_t done = 0; done < *len;) {
        const ssize_t got = read(fd, *out + done, *len - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_failed("read", path);
        if (got == 0) return zk_fail(ZK_ERR_IO, "%s became shorter while it was read", path);
        done += (size_t)got;
    }
    return ZK_OK;
}

zk_err key_load(struct proving_key *out, const char *path, const struct cs *cs, const uint8_t *srs_id, bool columns,
                struct arena *home, struct arena *scratch)
{
    const size_t mark = arena_mark(scratch);
    uint8_t *bytes = NULL;
    size_t len = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return io_failed("open", path);
    zk_err err = read_all(&bytes, &len, fd, path, scratch);
    (void)close(fd);
    if (err == ZK_OK) err = key_decode(out, cs, srs_id, columns, bytes, len, home);
    arena_release(scratch, mark);
    return err;
}

zk_err key_load_or_generate(struct proving_key *out, bool *made, const char *path, const struct cs *cs, unsigned log_n,
                            const struct srs *srs, transcript_kind transcript, struct pool *pool, struct arena *home,
                            struct arena *scratch)
{
    const size_t mark = arena_mark(home);
    zk_err err = key_load(out, path, cs, srs->id, true, home, scratch);
    if (made != NULL) *made = false;
    if (err == ZK_OK && out->vk.log_n == log_n && out->vk.transcript == transcript) return ZK_OK;
    if (err == ZK_ERR_FULL) return err;
    arena_release(home, mark);
    if (made != NULL) *made = true;
    ZK_TRY(key_generate(out, cs, log_n, srs, transcript, pool, home, scratch));
    const zk_err saved = key_save(path, out, true, scratch);
    (void)saved;
    return ZK_OK;
}
